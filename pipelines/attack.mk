# One attack as rules for make. Copy this file, change the variables, and run `make -f attack.mk`.
# The first five are part of the names of files, because make compares times, not options: a new value
# makes new files beside the old ones. After a change of another variable, set WORK to a new folder.

# METHOD is an attack of cs-train on embeddings that sees the originals (not barlow, which sees stored views).
METHOD  := cont-steal
EPOCHS  := 20
# The victim is asked about VIEWS augmented views of each of COUNT images, or, if VIEWS is empty, about
# the images themselves (which cont-steal-code needs).
COUNT   := 1000
VIEWS   := 1
SEED    := 1

# The encoder under attack, and the options of cs-query that it needs (--input-size, --mean, ...).
VICTIM  := victim.safetensors
QUERY   :=
# The attacker's images, and labeled ones that a probe learns from and is tested on, each as a source and
# options of cs-sample.
IMAGES  := 'synth:shapes?count=2000' --seed 2
LABELED := 'synth:shapes?count=2000' --seed 1
TEST    := 'synth:shapes?count=500' --seed 3
# Options of cs-train for the surrogate.
TRAIN   := --arch resnet10 --stem imagenet
# The folder of the tools, and the folder for all files.
BIN     := $(patsubst %/cs-train,%,$(shell command -v cs-train))
WORK    := attack-$(basename $(notdir $(VICTIM)))

images    := $(WORK)/attacker-n$(COUNT)
asked     := $(images)$(VIEWS:%=-s$(SEED)-cont-steal-views%)
answers   := $(asked).embedding
victim    := $(WORK)/victim
surrogate := $(WORK)/$(METHOD)-n$(COUNT)$(VIEWS:%=-v%)-e$(EPOCHS)-s$(SEED)

.DELETE_ON_ERROR:
.PHONY: attack
attack: $(surrogate).txt

$(WORK)/test.lmdb:
	mkdir -p $(WORK)
	$(BIN)/cs-sample $(TEST) -f -o $@
$(WORK)/labeled.lmdb: | $(WORK)/test.lmdb
	$(BIN)/cs-sample $(LABELED) --exclude $(WORK)/test.lmdb -f -o $@
$(images).lmdb: | $(WORK)/test.lmdb
	$(BIN)/cs-sample $(IMAGES) -n $(COUNT) --exclude $(WORK)/test.lmdb -f -o $@
$(images)-s$(SEED)-cont-steal-views%.lmdb: $(images).lmdb
	$(BIN)/cs-augment $< --views $* --policy cont-steal --seed $(SEED) -f -o $@

$(answers).lmdb: $(asked).lmdb $(VICTIM)
	$(BIN)/cs-query $< --victim $(VICTIM) $(QUERY) --cache $(WORK)/cache -f -o $@
$(surrogate).safetensors $(surrogate).train.jsonl &: $(images).lmdb $(answers).lmdb
	$(BIN)/cs-train --method $(METHOD) --images $(images).lmdb --answers $(answers).lmdb $(TRAIN) \
	  --epochs $(EPOCHS) --seed $(SEED) --log $(surrogate).train.jsonl -f -o $(surrogate).safetensors

# The embeddings of the labeled and the test images by victim and surrogate, and what a linear probe reads
# off them. Agreement: how often the surrogate's probe predicts the same class as the victim's.
$(victim).%.lmdb: $(WORK)/%.lmdb $(VICTIM)
	$(BIN)/cs-query $< --victim $(VICTIM) $(QUERY) --cache $(WORK)/cache --account evaluation -f -o $@
$(surrogate).%.lmdb: $(WORK)/%.lmdb $(surrogate).safetensors
	$(BIN)/cs-query $< --victim $(surrogate).safetensors -f -o $@
$(victim).probe.jsonl $(victim).says.lmdb &: $(victim).labeled.lmdb $(victim).test.lmdb
	$(BIN)/cs-probe --train $(victim).labeled.lmdb --test $(victim).test.lmdb --measure linear \
	  -f -o $(victim).says.lmdb > $(victim).probe.jsonl
$(surrogate).probe.jsonl: $(surrogate).labeled.lmdb $(surrogate).test.lmdb $(victim).says.lmdb
	$(BIN)/cs-probe --train $(surrogate).labeled.lmdb --test $(surrogate).test.lmdb --measure linear \
	  --agreement $(victim).says.lmdb > $@
$(surrogate).txt: $(victim).probe.jsonl $(surrogate).probe.jsonl $(surrogate).train.jsonl
	$(BIN)/cs-table $^ > $@
	@cat $@
