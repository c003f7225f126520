# The attack as file targets. Include it with these set:
#
#   BIN     folder of the tools            WORK    folder of all artefacts
#   CACHE   folder of the answer cache that all studies of a victim share
#   OWNER, LABELED, TEST: source and options of cs-sample for the victim's training images, for the
#           labeled images that heads and probes learn from, and for the test images
#   ATTACKER  the same as a function: $(call ATTACKER,N) gives N images
#   OWNED   images of the owner, LABELS of the labeled set: numbers for the file names
#   BUDGET  calls that each attack may make; with VIEWS > 1, attacks on views use BUDGET / VIEWS
#           images and as many views of each
#   SIZE    side of what encoders see of images of other sizes; empty for that of the images
#   PHOTOS  archive that pipelines/photos.sh makes of that many images, PHOTO_COUNT; may be empty
#   ARCH, STEM, VICTIM_EPOCHS, VICTIM_RECIPE, SEED   of the victim, seed also of the data
#   ROWS    what to compare, in the order of the table (rows are defined below)
#   SEEDS, BATCH, LR, EPOCHS   the recipe that all surrogates share; each takes as many steps as
#           EPOCHS of BUDGET images do, in more epochs if it has fewer images
#   PUBLISHED, PUBLISHED_EPOCHS   rows of a second table, each with its source's settings, on all
#           BUDGET images: several views of each cost several times the calls
#   COLUMNS of the tables, as cs-table takes them; TABLE_NAME, if several ROWS are compared in WORK
#   THREADS of each training
#
# and make $(TABLE) or $(PUBLISHED_TABLE); or $(DOWNSTREAM_TABLE), with the name of another labeled set
# in NEW_SET, and source and options of cs-sample for its halves in NEW_TRAIN and NEW_TEST.
#
# Options that vary are in file names, since make compares times, not options; everything that
# depends on the victim is in a folder named after it. Tools are order-only prerequisites, so that a
# rebuilt tool remakes nothing. Every artefact is a sealed file that appears complete: interrupt make
# at any moment and run it again.

.DELETE_ON_ERROR:
.PRECIOUS: %.labeled.lmdb %.test.lmdb %.own-head.lmdb %-train.lmdb %-test.lmdb
.PRECIOUS: $(WORK)/attacker-n%-s$(SEED).lmdb

sample := $(BIN)/cs-sample -f --threads $(THREADS)
query  := $(BIN)/cs-query -f --threads $(THREADS)
probe  := $(BIN)/cs-probe --seed $(SEED) --threads $(THREADS)
train  := $(BIN)/cs-train -f --arch $(ARCH) --stem $(STEM) --threads $(THREADS) $(addprefix --size ,$(SIZE))

# --- images -------------------------------------------------------------------------------------

owner    := $(WORK)/owner-n$(OWNED)-s$(SEED).lmdb
labeled  := $(WORK)/labeled-n$(LABELS)-s$(SEED).lmdb
test     := $(WORK)/test-s$(SEED).lmdb
images   := $(shell expr $(BUDGET) / $(VIEWS))
half     := $(shell expr $(BUDGET) / 2)
tenth    := $(shell expr $(BUDGET) / 10)
# $(call attacker,N): N images. $(call views,N,POLICY,K): K stored views of each.
attacker  = $(WORK)/attacker-n$(1)-s$(SEED).lmdb
views     = $(WORK)/attacker-n$(1)-s$(SEED)-$(2)-views$(3).lmdb
plain    := $(call attacker,$(BUDGET))

$(WORK):
	mkdir -p $@
$(test): | $(BIN)/cs-sample $(WORK) $(PHOTOS)
	$(sample) $(TEST) -o $@
ifdef PHOTOS
pipelines := $(dir $(lastword $(MAKEFILE_LIST)))
$(PHOTOS): | $(BIN)/cs-sample $(BIN)/cs-show $(WORK)
	sh $(pipelines)photos.sh $(BIN) $@ $(PHOTO_COUNT) $(SEED)
endif
# No test image is trained on, learned from or asked about.
$(owner): | $(BIN)/cs-sample $(test)
	$(sample) $(OWNER) --exclude $(test) -o $@
$(labeled): | $(BIN)/cs-sample $(test)
	$(sample) $(LABELED) --exclude $(test) -o $@
$(WORK)/attacker-n%-s$(SEED).lmdb: | $(BIN)/cs-sample $(test)
	$(sample) $(call ATTACKER,$*) --exclude $(test) -o $@

# $(call augment,POLICY,K): the rule for K stored views by a policy.
define augment
.PRECIOUS: $(WORK)/%-$(1)-views$(2).lmdb
$(WORK)/%-$(1)-views$(2).lmdb: $(WORK)/%.lmdb | $(BIN)/cs-augment
	$(BIN)/cs-augment $$< -f -o $$@ --views $(2) --policy $(1) --seed $(SEED) --threads $(THREADS) $(addprefix --size ,$(SIZE))
endef
$(foreach count,$(VIEWS) $(PUBLISHED_EPOCHS),$(eval $(call augment,cont-steal,$(count))))
$(eval $(call augment,simclr,2))
$(eval $(call augment,rda-prototype,10))

# --- the victim: an encoder and a head, and what they answer ------------------------------------

here   := $(WORK)/victim-simclr-$(ARCH)-$(STEM)-n$(OWNED)-e$(VICTIM_EPOCHS)-s$(SEED)
victim := $(here)/victim
head   := $(victim).head.safetensors
# The victim's predictions on the test images: what agreement is measured against.
truth  := $(victim).own-head.lmdb

$(here): | $(WORK)
	mkdir -p $@
$(victim).safetensors $(victim).train.jsonl &: $(owner) | $(BIN)/cs-train $(here)
	$(train) -o $(victim).safetensors --log $(victim).train.jsonl --method simclr --images $(owner) \
	  --epochs $(VICTIM_EPOCHS) --seed $(SEED) $(VICTIM_RECIPE)
$(victim).labeled.lmdb: $(labeled) $(victim).safetensors | $(BIN)/cs-query
	$(query) $< -o $@ --victim $(victim).safetensors --cache $(CACHE) --account evaluation
$(victim).test.lmdb: $(test) $(victim).safetensors | $(BIN)/cs-query
	$(query) $< -o $@ --victim $(victim).safetensors --cache $(CACHE) --account evaluation
$(victim).probe.jsonl $(head) &: $(victim).labeled.lmdb $(victim).test.lmdb | $(BIN)/cs-probe
	$(probe) --train $(victim).labeled.lmdb --test $(victim).test.lmdb --measure linear,knn,knn200 \
	  --save-head $(head) -f > $(victim).probe.jsonl
$(truth): $(test) $(victim).safetensors $(head) | $(BIN)/cs-query
	$(query) $< -o $@ --victim $(victim).safetensors --head $(head) --answer label \
	  --cache $(CACHE) --account evaluation

# $(call answers,IMAGES,KIND): where the answers are. $(call ask,KIND): the rule.
answers = $(here)/$(basename $(notdir $(1))).$(2).lmdb
define ask
$(here)/%.$(1).lmdb: $(WORK)/%.lmdb $(victim).safetensors $(if $(filter-out embedding,$(1)),$(head)) | $(BIN)/cs-query
	$(query) $$< -o $$@ --victim $(victim).safetensors --answer $(1) \
	  $(if $(filter-out embedding,$(1)),--head $(head)) --cache $(CACHE) --account attack
endef
$(foreach kind,label posterior embedding,$(eval $(call ask,$(kind))))

# --- the rows: a method, how many images it trains on, and the answers it has --------------------

own_simclr.name      := own-simclr-n$(BUDGET)
own_simclr.options   := --method simclr --policy simclr
label.name           := label-n$(BUDGET)
label.options        := --method label
posterior.name       := posterior-n$(BUDGET)
posterior.options    := --method posterior
posterior_kl.name    := posterior-kl-n$(BUDGET)
posterior_kl.options := --method posterior --posterior-loss kl
mse.name             := mse-n$(BUDGET)
mse.options          := --method mse
cosine.name          := cosine-n$(BUDGET)
cosine.options       := --method cosine
infonce.name         := infonce-n$(BUDGET)
infonce.options      := --method infonce
softnn.name          := softnn-n$(BUDGET)
softnn.options       := --method softnn
stolen_encoder.name    := stolen-encoder-n$(BUDGET)
stolen_encoder.options := --method stolen-encoder
cont_steal_code.name    := cont-steal-code-n$(images)-v$(VIEWS)
cont_steal_code.options := --method cont-steal-code
cont_steal.name         := cont-steal-n$(images)-v$(VIEWS)
cont_steal.options      := --method cont-steal
barlow.name             := barlow-n$(half)-v2
barlow.options          := --method barlow
rda.name                := rda-n$(tenth)-v10
rda.options             := --method rda

classifiers := label posterior posterior_kl
regressions := mse cosine infonce softnn stolen_encoder
$(foreach row,own_simclr $(classifiers) $(regressions),$\
  $(eval $(row).images := $(plain))$(eval $(row).count := $(BUDGET)))
$(foreach row,$(regressions),$(eval $(row).answers := $(call answers,$(plain),embedding)))
label.answers        := $(call answers,$(plain),label)
posterior.answers    := $(call answers,$(plain),posterior)
posterior_kl.answers := $(posterior.answers)

# $(call on_views,ROW.,N,POLICY,K): a row that has answers to K views of each of N images. As its source
# has it, ROW.published_, it asks about all of the images.
define on_views
$(1)count   := $(2)
$(1)images  := $(call attacker,$(2))
$(1)views   := $(call views,$(2),$(3),$(4))
$(1)answers := $(call answers,$(call views,$(2),$(3),$(4)),embedding)
endef
$(foreach row,cont_steal cont_steal_code,$\
  $(eval $(call on_views,$(row).,$(images),cont-steal,$(VIEWS)))$\
  $(eval $(call on_views,$(row).published_,$(BUDGET),cont-steal,$(PUBLISHED_EPOCHS))))
$(eval $(call on_views,barlow.,$(half),simclr,2))
$(eval $(call on_views,barlow.published_,$(BUDGET),simclr,2))
$(eval $(call on_views,rda.,$(tenth),rda-prototype,10))
$(eval $(call on_views,rda.published_,$(BUDGET),rda-prototype,10))
# These train on the very views that the victim saw.
$(foreach row,cont_steal_code barlow,$(eval $(row).images := $($(row).views))$\
  $(eval $(row).published_images := $($(row).published_views)))

# What the paper's attack is made of, one piece changed at a time; `released` is the loss of
# cont-steal-code, on independent views.
ablations := no_self positive released plain
cont_steal_no_self.options  := --no-self-negatives
cont_steal_positive.options := --positive-in-denominator
cont_steal_released.options := --positive-in-denominator --symmetric
cont_steal_plain.options    := --surrogate-view plain
define ablation
cont_steal_$(1).name    := cont-steal-$(subst _,-,$(1))-n$(images)-v$(VIEWS)
cont_steal_$(1).options := $(cont_steal.options) $(cont_steal_$(1).options)
cont_steal_$(1).images  := $(cont_steal.images)
cont_steal_$(1).answers := $(cont_steal.answers)
cont_steal_$(1).count   := $(cont_steal.count)
endef
$(foreach piece,$(ablations),$(eval $(call ablation,$(piece))))

# The settings of each method's source; the rest is what cs-train takes for it anyway.
# The paper asks about a new view of each image at every epoch: stored here, and used in turn.
cont_steal.published := --batch 32
$(foreach row,cont_steal cont_steal_code,$(eval $(row).published += --victim-view cycle))

# $(call surrogate,ROW,NAME,IMAGES,ANSWERS,RECIPE)
define surrogate
$(here)/$(2).safetensors $(here)/$(2).train.jsonl $(if $(filter $(1),$(classifiers)),$(here)/$(2).head.safetensors) &: $(3) $(4) | $(BIN)/cs-train $(here)
	$(train) -o $(here)/$(2).safetensors --log $(here)/$(2).train.jsonl $($(1).options) \
	  --images $(3) $(addprefix --answers ,$(4)) $(5) \
	  $(if $(filter $(1),$(classifiers)),--save-head $(here)/$(2).head.safetensors)
endef

# $(call epochs,N): as many steps with N images as EPOCHS make with BUDGET; a batch is at most all.
steps        = ($(1) < $(BATCH) ? 1 : $(1) / $(BATCH))
epochs       = $(shell echo $$(($(EPOCHS) * $(call steps,$(BUDGET)) / $(call steps,$(1)))))
recipe       = --batch $(BATCH) --optimizer adam --lr $(LR) --epochs $(call epochs,$($(1).count))
recipe_name := b$(BATCH)-lr$(LR)-e$(EPOCHS)
name         = $($(1).name)-$(recipe_name)-s$(2)
published    = published-$(subst _,-,$(1))-n$(BUDGET)-e$(PUBLISHED_EPOCHS)-s$(SEED)
attacks     := $(filter-out victim pixels untrained,$(ROWS))

$(foreach seed,$(SEEDS),$(foreach row,$(attacks),$(eval $(call surrogate,$(row),$\
  $(call name,$(row),$(seed)),$($(row).images),$($(row).answers),$(call recipe,$(row)) --seed $(seed)))))
$(foreach row,$(PUBLISHED),$(eval $(call surrogate,$(row),$(call published,$(row)),$\
  $(or $($(row).published_images),$($(row).images)),$\
  $(or $($(row).published_answers),$($(row).answers)),$\
  $($(row).published) --epochs $(PUBLISHED_EPOCHS) --seed $(SEED))))

$(here)/untrained.safetensors $(here)/untrained.train.jsonl &: $(plain) | $(BIN)/cs-train $(here)
	$(train) -o $(here)/untrained.safetensors --log $(here)/untrained.train.jsonl --method simclr \
	  --images $< --epochs 0 --seed $(SEED)

# --- what each encoder makes of the labeled sets, and what can be read off that ------------------

%.labeled.lmdb: %.safetensors $(labeled) | $(BIN)/cs-query
	$(query) $(labeled) -o $@ --victim $<
%.test.lmdb: %.safetensors $(test) | $(BIN)/cs-query
	$(query) $(test) -o $@ --victim $<
%.own-head.lmdb: %.safetensors %.head.safetensors $(test) | $(BIN)/cs-query
	$(query) $(test) -o $@ --victim $< --head $*.head.safetensors --answer label
$(here)/pixels.labeled.lmdb: $(labeled) | $(BIN)/cs-query $(here)
	$(query) $< -o $@ --victim pixels $(addprefix --input-size ,$(SIZE))
$(here)/pixels.test.lmdb: $(test) | $(BIN)/cs-query $(here)
	$(query) $< -o $@ --victim pixels $(addprefix --input-size ,$(SIZE))
%.probe.jsonl: %.labeled.lmdb %.test.lmdb $(truth) | $(BIN)/cs-probe
	$(probe) --train $*.labeled.lmdb --test $*.test.lmdb --measure linear,knn,knn200 \
	  --agreement $(truth) > $@
%.own-head.jsonl: %.own-head.lmdb $(truth) | $(BIN)/cs-probe
	$(probe) --answers $< --agreement $(truth) --per-class > $@

# $(call lines,ROW,NAME): the files that hold the numbers of a row.
lines = $(here)/$(2).probe.jsonl $(if $(filter-out pixels,$(1)),$(here)/$(2).train.jsonl) \
  $(if $(filter victim $(classifiers),$(1)),$(here)/$(2).own-head.jsonl)
references := $(foreach row,$(filter victim pixels untrained,$(ROWS)),$(call lines,$(row),$(row)))
compared   := $(references) $(foreach seed,$(SEEDS),$(foreach row,$(attacks),\
  $(call lines,$(row),$(call name,$(row),$(seed)))))
by_source  := $(references) $(foreach row,$(PUBLISHED),$(call lines,$(row),$(call published,$(row))))

dashed = $(subst $() ,-,$(strip $(1)))
TABLE           := $(here)/$(or $(TABLE_NAME),table)-n$(BUDGET)-v$(VIEWS)-$(recipe_name)-s$(call dashed,$(SEEDS)).txt
PUBLISHED_TABLE := $(here)/published-n$(BUDGET)-e$(PUBLISHED_EPOCHS)-s$(SEED).txt
$(TABLE): $(compared) | $(BIN)/cs-table
	$(BIN)/cs-table $(compared) --columns $(COLUMNS) $(if $(word 2,$(SEEDS)),--merge-seeds) > $@
$(PUBLISHED_TABLE): $(by_source) | $(BIN)/cs-table
	$(BIN)/cs-table $(by_source) --columns $(COLUMNS) > $@

# --- the same encoders on another labeled set ---------------------------------------------------

ifdef NEW_SET
new_train := $(WORK)/$(NEW_SET)-train-s$(SEED).lmdb
new_test  := $(WORK)/$(NEW_SET)-test-s$(SEED).lmdb
$(new_test): | $(BIN)/cs-sample $(WORK)
	$(sample) $(NEW_TEST) -o $@
$(new_train): | $(BIN)/cs-sample $(new_test)
	$(sample) $(NEW_TRAIN) --exclude $(new_test) -o $@
%.$(NEW_SET)-train.lmdb: %.safetensors $(new_train) | $(BIN)/cs-query
	$(query) $(new_train) -o $@ --victim $<
%.$(NEW_SET)-test.lmdb: %.safetensors $(new_test) | $(BIN)/cs-query
	$(query) $(new_test) -o $@ --victim $<
$(here)/pixels.$(NEW_SET)-train.lmdb: $(new_train) | $(BIN)/cs-query $(here)
	$(query) $< -o $@ --victim pixels $(addprefix --input-size ,$(SIZE))
$(here)/pixels.$(NEW_SET)-test.lmdb: $(new_test) | $(BIN)/cs-query $(here)
	$(query) $< -o $@ --victim pixels $(addprefix --input-size ,$(SIZE))
%.$(NEW_SET).jsonl: %.$(NEW_SET)-train.lmdb %.$(NEW_SET)-test.lmdb | $(BIN)/cs-probe
	$(probe) --train $*.$(NEW_SET)-train.lmdb --test $*.$(NEW_SET)-test.lmdb \
	  --measure linear,knn,knn200 > $@

downstream := $(foreach row,$(filter victim pixels untrained,$(ROWS)),$(here)/$(row).$(NEW_SET).jsonl) \
  $(foreach seed,$(SEEDS),$(foreach row,$(attacks),$\
  $(here)/$(call name,$(row),$(seed)).$(NEW_SET).jsonl))
DOWNSTREAM_TABLE := $(here)/$(NEW_SET)-$(notdir $(TABLE))
$(DOWNSTREAM_TABLE): $(downstream) | $(BIN)/cs-table
	$(BIN)/cs-table $(downstream) $(if $(word 2,$(SEEDS)),--merge-seeds) > $@
endif
