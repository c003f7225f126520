# Pre-training methods as file targets, side by side on the owner's images. Include it after attack.mk,
# whose sets and variables it takes, with these set:
#
#   METHODS          methods of cs-train that ask no victim, in the order of the table
#   PRETRAIN_EPOCHS  of each; the rest is the first recipe of the method
#   PRETRAIN_BATCH   a smaller batch for those whose recipe says 512, whose rate shrinks with it
#
# and make $(PRETRAIN_TABLE). No artefact here depends on a victim.

pretrained := $(WORK)/pretrain-$(ARCH)-$(STEM)-n$(OWNED)-b$(PRETRAIN_BATCH)-e$(PRETRAIN_EPOCHS)-s$(SEED)
of_512     := simclr moco byol

$(pretrained): | $(WORK)
	mkdir -p $@

# $(call pretrain,METHOD)
define pretrain
$(pretrained)/$(1).safetensors $(pretrained)/$(1).train.jsonl &: $(owner) | $(BIN)/cs-train $(pretrained)
	$(train) -o $(pretrained)/$(1).safetensors --log $(pretrained)/$(1).train.jsonl --method $(1) \
	  --images $(owner) --epochs $(PRETRAIN_EPOCHS) --seed $(SEED) \
	  $(if $(filter $(1),$(of_512)),--batch $(PRETRAIN_BATCH))
endef
$(foreach method,$(METHODS),$(eval $(call pretrain,$(method))))

$(pretrained)/untrained.safetensors: $(owner) | $(BIN)/cs-train $(pretrained)
	$(train) -o $@ --method simclr --images $< --epochs 0 --seed $(SEED)
$(pretrained)/pixels.labeled.lmdb: $(labeled) | $(BIN)/cs-query $(pretrained)
	$(query) $< -o $@ --victim pixels
$(pretrained)/pixels.test.lmdb: $(test) | $(BIN)/cs-query $(pretrained)
	$(query) $< -o $@ --victim pixels
# More specific than the rule of attacks, which measures agreement with a victim too.
$(pretrained)/%.probe.jsonl: $(pretrained)/%.labeled.lmdb $(pretrained)/%.test.lmdb | $(BIN)/cs-probe
	$(probe) --train $(pretrained)/$*.labeled.lmdb --test $(pretrained)/$*.test.lmdb \
	  --measure linear,knn,knn200 > $@

pretrain_lines := $(foreach row,pixels untrained $(METHODS),$(pretrained)/$(row).probe.jsonl) \
  $(foreach method,$(METHODS),$(pretrained)/$(method).train.jsonl)
PRETRAIN_TABLE := $(pretrained)/table.txt
$(PRETRAIN_TABLE): $(pretrain_lines) | $(BIN)/cs-table
	$(BIN)/cs-table $(pretrain_lines) > $@
