# The encoders of cifar10 on a second labeled set, MNIST: a folder or an archive like CIFAR10.
ifeq ($(wildcard $(MNIST)),)
$(error pass MNIST=FOLDER or MNIST=ARCHIVE that exists)
endif
NEW_TRAIN = $(MNIST) --prefix train -n 10000 --seed $(SEED)05
NEW_TEST  = $(MNIST) --prefix test
ROWS      = $(studies)cifar10.rows
TABLES    = $(here)/mnist-$(notdir $(TABLE))

include $(dir $(lastword $(MAKEFILE_LIST)))cifar10-victim.mk

new_train := $(WORK)/mnist-train-s$(SEED).lmdb
new_test  := $(WORK)/mnist-test-s$(SEED).lmdb
new_lines := $(patsubst %.probe.jsonl,%.mnist.jsonl,$(filter %.probe.jsonl,$(compared)))

.PRECIOUS: %.mnist-train.lmdb %.mnist-test.lmdb %/pixels.mnist-train.lmdb %/pixels.mnist-test.lmdb

$(new_test): | $(BIN)/cs-sample
	$(sample) $(NEW_TEST) -o $@
$(new_train): | $(BIN)/cs-sample $(new_test)
	$(sample) $(NEW_TRAIN) --exclude $(new_test) -o $@
%.mnist-train.lmdb: %.safetensors $(new_train) | $(BIN)/cs-query
	$(query) $(new_train) -o $@ --victim $<
%.mnist-test.lmdb: %.safetensors $(new_test) | $(BIN)/cs-query
	$(query) $(new_test) -o $@ --victim $<
%/pixels.mnist-train.lmdb: $(new_train) | $(BIN)/cs-query
	$(pixels) $< -o $@
%/pixels.mnist-test.lmdb: $(new_test) | $(BIN)/cs-query
	$(pixels) $< -o $@
%.mnist.jsonl: %.mnist-train.lmdb %.mnist-test.lmdb | $(BIN)/cs-probe
	$(probe) --train $*.mnist-train.lmdb --test $*.mnist-test.lmdb > $@
$(TABLES): $(new_lines) | $(BIN)/cs-table
	$(BIN)/cs-table $(new_lines) $(if $(word 2,$(SEEDS)),--merge-seeds) > $@
