# The attack as file targets. Include it with these set:
#
#   BIN     folder of the tools            WORK    folder of all artefacts
#   STUDY   name of the table              OWNER, ATTACKER, TEST: source and options of cs-sample
#   ROWS    the encoders to compare, in the order of the table (names below)
#   BUDGET  images the attacker has        VIEWS   stored views of each that the victim is asked for
#   ARCH, STEM, SEED, THREADS, VICTIM_EPOCHS, EPOCHS
#   RECIPE  options of cs-train that all trainings share (batch, optimizer, ...)
#
# Options that vary are in file names, since make compares times, not options; tools are order-only
# prerequisites, so that a rebuilt tool remakes nothing. Every artefact is a sealed file that
# appears complete: interrupt make at any moment and run it again.

.DELETE_ON_ERROR:
.PRECIOUS: %.owner.lmdb %.test.lmdb

net      := $(ARCH)-$(STEM)
run      := --arch $(ARCH) --stem $(STEM) --seed $(SEED) --threads $(THREADS) $(RECIPE)

# The owner's images (also the labeled set that probes learn from), the attacker's, the test set.
owner    := $(WORK)/owner.lmdb
attacker := $(WORK)/attacker-$(BUDGET).lmdb
test     := $(WORK)/test.lmdb

$(owner): | $(BIN)/cs-sample $(WORK)
	$(BIN)/cs-sample $(OWNER) -f -o $@ --threads $(THREADS)
$(attacker): | $(BIN)/cs-sample $(WORK)
	$(BIN)/cs-sample $(ATTACKER) -f -o $@ --threads $(THREADS)
$(test): | $(BIN)/cs-sample $(WORK)
	$(BIN)/cs-sample $(TEST) -f -o $@ --threads $(THREADS)
$(WORK):
	mkdir -p $@

# The victim, and what it answers: to the attacker's images as they are, and to stored views.
victim := $(WORK)/victim-simclr-$(net)-e$(VICTIM_EPOCHS)-s$(SEED)
views  := $(WORK)/attacker-$(BUDGET)-views$(VIEWS)-s$(SEED)
plain_answers := $(WORK)/attacker-$(BUDGET).answers-$(notdir $(victim)).lmdb
view_answers  := $(views).answers-$(notdir $(victim)).lmdb

$(views).lmdb: $(attacker) | $(BIN)/cs-augment
	$(BIN)/cs-augment $< -f -o $@ --views $(VIEWS) --seed $(SEED) --threads $(THREADS)
$(plain_answers): $(attacker) $(victim).safetensors | $(BIN)/cs-query
	$(BIN)/cs-query $< -f -o $@ --victim $(victim).safetensors --threads $(THREADS)
$(view_answers): $(views).lmdb $(victim).safetensors | $(BIN)/cs-query
	$(BIN)/cs-query $< -f -o $@ --victim $(victim).safetensors --threads $(THREADS)

# $(call train,NAME,PREREQUISITES,OPTIONS): the encoder NAME.safetensors and its log.
define train
$(1).safetensors $(1).train.jsonl &: $(2) | $(BIN)/cs-train
	$(BIN)/cs-train -f -o $(1).safetensors --log $(1).train.jsonl $(3) $(run)
endef

tail          := $(net)-e$(EPOCHS)-s$(SEED)
attack        := --epochs $(EPOCHS)
untrained     := $(WORK)/untrained-$(net)-s$(SEED)
own_simclr    := $(WORK)/own-simclr-n$(BUDGET)-$(tail)
mse           := $(WORK)/mse-n$(BUDGET)-$(tail)
cont_steal    := $(WORK)/cont-steal-n$(BUDGET)-v$(VIEWS)-$(tail)

$(eval $(call train,$(victim),$(owner),--method simclr --images $(owner) --epochs $(VICTIM_EPOCHS)))
$(eval $(call train,$(untrained),$(attacker),--method simclr --images $(attacker) --epochs 0))
$(eval $(call train,$(own_simclr),$(attacker),--method simclr --images $(attacker) $(attack)))
$(eval $(call train,$(mse),$(attacker) $(plain_answers),--method mse --images $(attacker) --answers $(plain_answers) $(attack)))
$(eval $(call train,$(cont_steal),$(attacker) $(view_answers),--method cont-steal --images $(attacker) --answers $(view_answers) $(attack)))

# What each encoder makes of the labeled sets, and what can be read off that.
%.owner.lmdb: %.safetensors $(owner) | $(BIN)/cs-query
	$(BIN)/cs-query $(owner) -f -o $@ --victim $< --threads $(THREADS)
%.test.lmdb: %.safetensors $(test) | $(BIN)/cs-query
	$(BIN)/cs-query $(test) -f -o $@ --victim $< --threads $(THREADS)
$(WORK)/pixels.owner.lmdb: $(owner) | $(BIN)/cs-query
	$(BIN)/cs-query $< -f -o $@ --victim pixels --threads $(THREADS)
$(WORK)/pixels.test.lmdb: $(test) | $(BIN)/cs-query
	$(BIN)/cs-query $< -f -o $@ --victim pixels --threads $(THREADS)
$(WORK)/pixels.train.jsonl: | $(WORK)
	: > $@
%.probe.jsonl: %.owner.lmdb %.test.lmdb | $(BIN)/cs-probe
	$(BIN)/cs-probe --train $*.owner.lmdb --test $*.test.lmdb --measure linear,knn --seed $(SEED) --threads $(THREADS) > $@

encoders := $(foreach row,$(ROWS),$(if $(filter pixels,$(row)),$(WORK)/pixels,$($(row))))
lines    := $(foreach encoder,$(encoders),$(encoder).probe.jsonl $(encoder).train.jsonl)
$(WORK)/$(STUDY).txt: $(lines) | $(BIN)/cs-table
	$(BIN)/cs-table $(lines) > $@
