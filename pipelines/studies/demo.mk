# The whole attack on synthetic images, in minutes.
WORK          ?= demo
BUDGET        ?= 2000
OWNED         ?= 6000
LABELS         = 3000
OWNER          = 'synth:shapes?count=$(OWNED)' --seed $(SEED)01
ATTACKER       = 'synth:shapes?count=$*' --seed $(SEED)02
TEST           = 'synth:shapes?count=1000' --seed $(SEED)03
LABELED        = 'synth:shapes?count=$(LABELS)' --seed $(SEED)04
VICTIM_EPOCHS ?= 30
VICTIM_RECIPE  = --batch 128 --optimizer adam --lr 1e-3 --policy simclr
EPOCHS        ?= 40
ROWS           = $(studies)demo.rows
COLUMNS        = linear,linear.agreement,knn

include $(dir $(lastword $(MAKEFILE_LIST)))study.mk
