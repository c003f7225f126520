# Writes the rules of a table's rows as plain rules for make. study.mk runs it and includes the result.
#
# A list has one encoder on each line, in the order of the table: either `victim`, `pixels` or `untrained`
# alone, whose rules are in study.mk, or a surrogate in columns separated by blanks:
#
#   row      its name, in the table and in the names of files
#   answers  what the victim returns: embedding, posterior or label; - if it is not asked
#   views    the number of stored views of each image that are sent: a number, or VIEWS or EPOCHS for the
#            numbers of the study; - if the images themselves are sent
#   policy   the policy of cs-augment that draws these views, or -
#   sees     what the surrogate is trained on: the images, or the very views that were sent
#   options  of cs-train, to the end of the line
#
# Usage: awk -f rows.awk -v table=NAME -v budget=CALLS -v views=K -v epochs=N -v seeds='1 2' \
#          [-v batch=N -v lr=X] LIST
#
# With `batch` all rows share a recipe: budget / views images, and as many steps as `epochs` epochs of `budget`
# images. Without it each row has the recipe of its method, `budget` images, and `epochs` epochs. The
# variable NAME gets the names of all files with numbers for the table.

function refuse(what) {
  printf "%s:%d: %s\n", FILENAME, FNR, what > "/dev/stderr"
  failed = 1
  exit 1
}

function one_of(column, word, words) {
  if (!index(" " words " ", " " word " ")) refuse(column ": `" word "` is none of " words)
}

function check() {
  if (NF < 7) refuse("has " NF " columns; write row, answers, views, policy, sees and options")
  one_of("answers", $2, "embedding posterior label -")
  one_of("sees", $5, "images views")
  if ($3 !~ /^(-|VIEWS|EPOCHS|[1-9][0-9]*)$/) refuse("views: `" $3 "` is no number and none of VIEWS EPOCHS -")
  if (($3 == "-") != ($4 == "-")) refuse("has views without a policy or a policy without views; write both or -")
  if ($3 == "-" && $5 == "views") refuse("sees views but has none; write their number and policy")
  if ($1 in rows) refuse($1 ": is a row already; choose another name")
  rows[$1] = 1
}

# Adds files to the table: `probe` of the embeddings, `train` of the training, `own-head` of its predictions.
function numbers(encoder, kinds,   i, n, kind) {
  n = split(kinds, kind, " ")
  for (i = 1; i <= n; ++i) printf "%s += %s.%s.jsonl\n", table, encoder, kind[i]
}

# The rule for k stored views of any images, once.
function views_rule(k, policy,   target) {
  target = "$(WORK)/%-" policy "-views" k ".lmdb"
  if (target in made) return
  made[target] = 1
  print "\n.PRECIOUS: " target
  print target ": $(WORK)/%.lmdb | $(BIN)/cs-augment"
  print "\t$(augment) $< -o $@ --views " k " --policy " policy
}

# The rule for a surrogate, which has a head if the victim's answers come from one.
function surrogate(encoder, shown, answers, has_head, options, seed) {
  print "\n" encoder ".safetensors " encoder ".train.jsonl " (has_head ? encoder ".head.safetensors " : "") "&: \\"
  print "    " shown " " answers " | $(BIN)/cs-train"
  print "\t$(train) -o " encoder ".safetensors --log " encoder ".train.jsonl " options " \\"
  print "\t  --images " shown (answers ? " --answers " answers : "") " \\"
  print "\t  " recipe " --seed " seed (has_head ? " --save-head " encoder ".head.safetensors" : "")
  numbers(encoder, has_head ? "probe train own-head" : "probe train")
}

function steps(images) { return images < batch ? 1 : int(images / batch) }

BEGIN {
  print "# Written by rows.awk from " ARGV[ARGC - 1] ": edit that."
  print table " :="
  seed_count = split(seeds, seed, " ")
}

/^[ \t]*(#|$)/ { next }

NF == 1 {
  one_of("a row without columns", $1, "victim pixels untrained")
  numbers("$(here)/" $1, $1 == "pixels" ? "probe" : $1 == "untrained" ? "probe train" : "probe train own-head")
  next
}

{
  check()
  k = $3 == "VIEWS" ? views : $3 == "EPOCHS" ? epochs : $3
  count = batch && k != "-" ? int(budget / k) : budget
  if (count < 1) refuse($1 ": a budget of " budget " is less than " k " views of one image; raise BUDGET")
  images = "attacker-n" count "-s$(SEED)"
  asked = images
  if (k != "-") {
    asked = images "-" $4 "-views" k
    views_rule(k, $4)
  }
  if (batch) {
    name = $1 "-n" count (k == "-" ? "" : "-v" k) "-b" batch "-lr" lr "-e" epochs
    recipe = "--batch " batch " --optimizer adam --lr " lr " --epochs " int(epochs * steps(budget) / steps(count))
  } else {
    name = "published-" $1 "-n" budget "-e" epochs
    recipe = "--epochs " epochs
  }
  options = $6
  for (i = 7; i <= NF; ++i) options = options " " $i
  for (i = 1; i <= seed_count; ++i)
    surrogate("$(here)/" name "-s" seed[i], "$(WORK)/" ($5 == "views" ? asked : images) ".lmdb", \
              $2 == "-" ? "" : "$(here)/" asked "." $2 ".lmdb", $2 == "label" || $2 == "posterior", options, seed[i])
}

END { if (failed) exit 1 }
