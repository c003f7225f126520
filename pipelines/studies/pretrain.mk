# Each pre-training method on the owner's images of cifar10: what victims could be. Nothing depends on a
# victim.
#
#   METHODS          methods of cs-train that need no answers, in the order of the table
#   PRETRAIN_EPOCHS  epochs of each; its other settings are the method's first recipe
#   PRETRAIN_BATCH   batch of the methods whose recipe says 512; their learning rate is scaled with it
METHODS         ?= supervised simclr moco byol simsiam
PRETRAIN_EPOCHS ?= 30
PRETRAIN_BATCH  ?= 256
of_512           = simclr moco byol
pretrained       = $(WORK)/pretrain-$(ARCH)-$(STEM)-n$(OWNED)-b$(PRETRAIN_BATCH)-e$(PRETRAIN_EPOCHS)-s$(SEED)
TABLES           = $(pretrained)/table.txt

include $(dir $(lastword $(MAKEFILE_LIST)))cifar10-victim.mk

pretrain_lines := $(pretrained)/pixels.probe.jsonl $(pretrained)/untrained.probe.jsonl \
  $(METHODS:%=$(pretrained)/%.probe.jsonl) $(METHODS:%=$(pretrained)/%.train.jsonl)

.PRECIOUS: $(pretrained)/%.safetensors $(pretrained)/%.train.jsonl

$(pretrained):
	mkdir -p $@
$(pretrained)/pixels.labeled.lmdb $(pretrained)/pixels.test.lmdb: | $(pretrained)
$(pretrained)/%.safetensors $(pretrained)/%.train.jsonl: $(owner) | $(BIN)/cs-train $(pretrained)
	$(train) -o $(pretrained)/$*.safetensors --log $(pretrained)/$*.train.jsonl --method $* \
	  --images $(owner) --epochs $(PRETRAIN_EPOCHS) --seed $(SEED) \
	  $(if $(filter $*,$(of_512)),--batch $(PRETRAIN_BATCH))
$(pretrained)/untrained.safetensors: $(owner) | $(BIN)/cs-train $(pretrained)
	$(train) -o $@ --method simclr --images $< --epochs 0 --seed $(SEED)
# More specific than the rule in study.mk, which also measures agreement with a victim.
$(pretrained)/%.probe.jsonl: $(pretrained)/%.labeled.lmdb $(pretrained)/%.test.lmdb | $(BIN)/cs-probe
	$(probe) --train $(pretrained)/$*.labeled.lmdb --test $(pretrained)/$*.test.lmdb > $@
$(TABLES): $(pretrain_lines) | $(BIN)/cs-table
	$(BIN)/cs-table $(pretrain_lines) > $@
