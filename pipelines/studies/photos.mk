# JPEGs of 320 to 512 pixels. They stay files, which are decoded whenever a view of 64 pixels is made. They
# are few: a worked example, not a result.
WORK          ?= photos
BUDGET        ?= 200
OWNED         ?= 300
LABELS         = 200
PHOTO_COUNT    = 900
PHOTOS         = $(WORK)/photos-s$(SEED).tar
part           = $(PHOTOS) --encoded --split 3:2:2:2 --seed $(SEED) --part
OWNER          = $(part) 0
LABELED        = $(part) 1
ATTACKER       = $(part) 2 -n $*
TEST           = $(part) 3
SIZE           = 64
VICTIM_EPOCHS ?= 120
VICTIM_RECIPE  = --batch 64 --optimizer adam --lr 1e-3 --policy simclr
EPOCHS        ?= 60
ROWS           = $(studies)photos.rows
COLUMNS        = linear,linear.agreement,knn

include $(dir $(lastword $(MAKEFILE_LIST)))study.mk

$(test): | $(PHOTOS)
$(PHOTOS): | $(BIN)/cs-sample $(BIN)/cs-show
	mkdir -p $(WORK)
	sh $(studies)photos.sh $(BIN) $@ $(PHOTO_COUNT) $(SEED)
