# Images and victim of the studies on CIFAR-10, which share a folder. CIFAR10 is a folder or an archive
# of image files train/CLASS/NAME and test/CLASS/NAME.
ifeq ($(wildcard $(CIFAR10)),)
$(error pass CIFAR10=FOLDER or CIFAR10=ARCHIVE that exists)
endif
WORK          ?= cifar10
BUDGET        ?= 5000
OWNED         ?= 40000
LABELS         = 10000
OWNER          = $(CIFAR10) --prefix train -n $(OWNED) --seed $(SEED)01
ATTACKER       = $(CIFAR10) --prefix train -n $* --seed $(SEED)02
TEST           = $(CIFAR10) --prefix test
LABELED        = $(CIFAR10) --prefix train -n $(LABELS) --seed $(SEED)04
VICTIM_EPOCHS ?= 30
VICTIM_RECIPE  = --batch 256 --optimizer adam --lr 1e-3 --policy simclr
EPOCHS        ?= 40

include $(dir $(lastword $(MAKEFILE_LIST)))study.mk
