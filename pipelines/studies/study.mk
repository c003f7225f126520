# The rules that all studies share, from images to a table. A study is a file NAME.mk beside this one. It
# sets the variables below and includes this file; `make -f pipelines/studies/NAME.mk` runs it, and so does
# Makefile.examples. Values given on the command line of make replace those of the study.
#
#   WORK      the folder of all files
#   OWNER     source and options of cs-sample for the victim's training images; OWNED is their number
#   LABELED   the same for the labeled images on which heads and probes are trained; LABELS is their number
#   TEST      the same for the test images
#   ATTACKER  the same for the attacker's images; $* stands for their number
#   SIZE      the side to which images are resized for the encoders; empty if all images have one size
#   VICTIM_EPOCHS, VICTIM_RECIPE   training of the victim
#   BUDGET    the number of calls of each attack; with K views of each image it has BUDGET / K images
#   VIEWS     K for the rows whose list says VIEWS
#   ROWS      the list of encoders to compare (see rows.awk), with a table called TABLE_NAME
#   SEEDS, BATCH, LR, EPOCHS   training of all surrogates in ROWS. Each takes as many steps as EPOCHS epochs
#             of BUDGET images; one with fewer images takes more epochs.
#   PUBLISHED, PUBLISHED_EPOCHS   the list of a second table, whose surrogates have the settings of their
#             sources and BUDGET images; empty for none
#   MEASURES  what cs-probe measures
#   COLUMNS   the columns of both tables, as cs-table takes them
#   TABLES    what the study makes: by default the table of ROWS
#
# Options that vary are in the names of files, because make compares times, not options. Everything that
# depends on the victim is in a folder named after it. Tools are order-only prerequisites: building them
# again makes nothing out of date. A file under its final name is complete, so that make can be interrupted
# at any time and run again.

BIN             ?= build/bin
CACHE           ?= $(WORK)/cache
THREADS         ?= 1
SEED            ?= 1
SEEDS           ?= $(SEED)
ARCH            ?= resnet10
STEM            ?= imagenet
VIEWS           ?= 1
BATCH           ?= 128
LR              ?= 1e-3
PUBLISHED_EPOCHS ?= $(EPOCHS)
MEASURES        ?= linear,knn,knn200
TABLE_NAME      ?= table
TABLES          ?= $(TABLE)

# OpenBLAS starts a thread for each core while it is loaded, before a tool reads --threads. They spin for a
# while, under `make -j` on the cores of other tools.
export OMP_NUM_THREADS := $(THREADS)
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := study
.DELETE_ON_ERROR:
.PHONY: study show

studies  := $(dir $(lastword $(MAKEFILE_LIST)))
sample    = $(BIN)/cs-sample -f --threads $(THREADS)
query     = $(BIN)/cs-query -f --threads $(THREADS)
augment   = $(BIN)/cs-augment -f --seed $(SEED) --threads $(THREADS) $(SIZE:%=--size %)
probe     = $(BIN)/cs-probe --seed $(SEED) --threads $(THREADS) --measure $(MEASURES)
train     = $(BIN)/cs-train -f --arch $(ARCH) --stem $(STEM) --threads $(THREADS) $(SIZE:%=--size %)
pixels    = $(query) --victim pixels $(SIZE:%=--input-size %)

owner    := $(WORK)/owner-n$(OWNED)-s$(SEED).lmdb
labeled  := $(WORK)/labeled-n$(LABELS)-s$(SEED).lmdb
test     := $(WORK)/test-s$(SEED).lmdb
attacker := $(WORK)/attacker-n$(BUDGET)-s$(SEED).lmdb
here     := $(WORK)/victim-simclr-$(ARCH)-$(STEM)-n$(OWNED)-e$(VICTIM_EPOCHS)-s$(SEED)
victim   := $(here)/victim
head     := $(victim).head.safetensors
# The victim's predictions on the test images: what agreement is measured against.
truth    := $(victim).own-head.lmdb

# --- images and stored views ---------------------------------------------------------------------

.PRECIOUS: $(WORK)/attacker-n%-s$(SEED).lmdb

# No test image is trained on, learned from or asked about.
$(test): | $(BIN)/cs-sample
	mkdir -p $(WORK)
	$(sample) $(TEST) -o $@
$(owner): | $(BIN)/cs-sample $(test)
	$(sample) $(OWNER) --exclude $(test) -o $@
$(labeled): | $(BIN)/cs-sample $(test)
	$(sample) $(LABELED) --exclude $(test) -o $@
$(WORK)/attacker-n%-s$(SEED).lmdb: | $(BIN)/cs-sample $(test)
	$(sample) $(ATTACKER) --exclude $(test) -o $@

# --- the victim: an encoder with a head, and its answers -----------------------------------------

# The log of a training that was interrupted stays: its checkpoint does, too.
.PRECIOUS: $(victim).train.jsonl
$(victim).safetensors $(victim).train.jsonl &: $(owner) | $(BIN)/cs-train
	$(train) -o $(victim).safetensors --log $(victim).train.jsonl --method simclr --images $(owner) \
	  --epochs $(VICTIM_EPOCHS) --seed $(SEED) $(VICTIM_RECIPE)
$(victim).labeled.lmdb: $(labeled) $(victim).safetensors | $(BIN)/cs-query
	$(query) $< -o $@ --victim $(victim).safetensors --cache $(CACHE) --account evaluation
$(victim).test.lmdb: $(test) $(victim).safetensors | $(BIN)/cs-query
	$(query) $< -o $@ --victim $(victim).safetensors --cache $(CACHE) --account evaluation
$(victim).probe.jsonl $(head) &: $(victim).labeled.lmdb $(victim).test.lmdb | $(BIN)/cs-probe
	$(probe) --train $(victim).labeled.lmdb --test $(victim).test.lmdb --save-head $(head) -f \
	  > $(victim).probe.jsonl
$(truth): $(test) $(victim).safetensors $(head) | $(BIN)/cs-query
	$(query) $< -o $@ --victim $(victim).safetensors --head $(head) --answer label \
	  --cache $(CACHE) --account evaluation

ask = $(query) $< -o $@ --victim $(victim).safetensors --cache $(CACHE) --account attack
$(here)/%.embedding.lmdb: $(WORK)/%.lmdb $(victim).safetensors | $(BIN)/cs-query
	$(ask) --answer embedding
$(here)/%.posterior.lmdb: $(WORK)/%.lmdb $(victim).safetensors $(head) | $(BIN)/cs-query
	$(ask) --answer posterior --head $(head)
$(here)/%.label.lmdb: $(WORK)/%.lmdb $(victim).safetensors $(head) | $(BIN)/cs-query
	$(ask) --answer label --head $(head)

# --- what victim and surrogates are compared with -------------------------------------------------

$(here)/untrained.safetensors $(here)/untrained.train.jsonl &: $(attacker) | $(BIN)/cs-train
	$(train) -o $(here)/untrained.safetensors --log $(here)/untrained.train.jsonl --method simclr \
	  --images $< --epochs 0 --seed $(SEED)
%/pixels.labeled.lmdb: $(labeled) | $(BIN)/cs-query
	$(pixels) $< -o $@
%/pixels.test.lmdb: $(test) | $(BIN)/cs-query
	$(pixels) $< -o $@

# --- what each encoder makes of the labeled sets, and what can be read off that ------------------

.PRECIOUS: %.labeled.lmdb %.test.lmdb %.own-head.lmdb %/pixels.labeled.lmdb %/pixels.test.lmdb

%.labeled.lmdb: %.safetensors $(labeled) | $(BIN)/cs-query
	$(query) $(labeled) -o $@ --victim $<
%.test.lmdb: %.safetensors $(test) | $(BIN)/cs-query
	$(query) $(test) -o $@ --victim $<
%.own-head.lmdb: %.safetensors %.head.safetensors $(test) | $(BIN)/cs-query
	$(query) $(test) -o $@ --victim $< --head $*.head.safetensors --answer label
%.probe.jsonl: %.labeled.lmdb %.test.lmdb $(truth) | $(BIN)/cs-probe
	$(probe) --train $*.labeled.lmdb --test $*.test.lmdb --agreement $(truth) > $@
%.own-head.jsonl: %.own-head.lmdb $(truth) | $(BIN)/cs-probe
	$(BIN)/cs-probe --seed $(SEED) --threads $(THREADS) --answers $< --agreement $(truth) --per-class > $@

# --- surrogates and tables -------------------------------------------------------------------------

nothing   :=
recipe    := b$(BATCH)-lr$(LR)-e$(EPOCHS)
seeds     := $(subst $(nothing) ,-,$(strip $(SEEDS)))
compared_table  := $(here)/$(TABLE_NAME)-n$(BUDGET)-v$(VIEWS)-$(recipe)-s$(seeds)
published_table := $(here)/published-n$(BUDGET)-e$(PUBLISHED_EPOCHS)-s$(SEED)
TABLE           := $(compared_table).txt
PUBLISHED_TABLE := $(published_table).txt

# Whenever make starts, the rules of the rows are written beside their table, and read.
rules := awk -f $(studies)rows.awk -v budget=$(BUDGET) -v views=$(VIEWS)
ifneq ($(ROWS),)
$(shell mkdir -p $(here) && $(rules) -v table=compared -v seeds='$(SEEDS)' -v epochs=$(EPOCHS) \
  -v batch=$(BATCH) -v lr=$(LR) $(ROWS) > $(compared_table).$$$$ && mv $(compared_table).$$$$ $(compared_table).mk)
ifneq ($(.SHELLSTATUS),0)
$(error $(ROWS) has an error)
endif
include $(compared_table).mk
endif
ifneq ($(PUBLISHED),)
$(shell mkdir -p $(here) && $(rules) -v table=published -v seeds=$(SEED) -v epochs=$(PUBLISHED_EPOCHS) \
  $(PUBLISHED) > $(published_table).$$$$ && mv $(published_table).$$$$ $(published_table).mk)
ifneq ($(.SHELLSTATUS),0)
$(error $(PUBLISHED) has an error)
endif
include $(published_table).mk
endif

$(TABLE): $(compared) | $(BIN)/cs-table
	$(BIN)/cs-table $(compared) --columns $(COLUMNS) $(if $(word 2,$(SEEDS)),--merge-seeds) > $@
$(PUBLISHED_TABLE): $(published) | $(BIN)/cs-table
	$(BIN)/cs-table $(published) --columns $(COLUMNS) > $@
study: $(TABLES)
show:
	@for table in $(TABLES); do echo; echo "$$table"; cat "$$table"; done
	@[ ! -e $(CACHE) ] || { echo; $(BIN)/cs-show $(CACHE) | grep ledger; }
