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

function one_of(word, words, column) {
  if (!index(" " words " ", " " word " ")) refuse("`" word "` as " column ": one of " words)
}

# Adds files to the table: `probe` of the embeddings, `train` of the training, `own-head` of its predictions.
function numbers(encoder, kinds,   i, n, kind) {
  n = split(kinds, kind, " ")
  for (i = 1; i <= n; ++i) printf "%s += %s.%s.jsonl\n", table, encoder, kind[i]
}

function steps(images) { return images < batch ? 1 : int(images / batch) }

BEGIN {
  for (i = 1; i < ARGC; ++i) list = ARGV[i]
  print "# Written by rows.awk from " list ": edit that."
  print table " :="
  seed_count = split(seeds, seed, " ")
  folder = "$(here)/"
}

/^[ \t]*(#|$)/ { next }

NF == 1 {
  one_of($1, "victim pixels untrained", "a row without columns")
  numbers(folder $1, $1 == "pixels" ? "probe" : $1 == "untrained" ? "probe train" : "probe train own-head")
  next
}

{
  if (NF < 7) refuse("has " NF " columns: row answers views policy sees options")
  row = $1
  one_of($2, "embedding posterior label -", "answers")
  one_of($5, "images views", "sees")
  if ($3 !~ /^(-|VIEWS|EPOCHS|[1-9][0-9]*)$/) refuse("`" $3 "` as views: a number, VIEWS, EPOCHS or -")
  if (($3 == "-") != ($4 == "-")) refuse("views and policy go together")
  if ($3 == "-" && $5 == "views") refuse("sees views, of which it has none")
  if (row in seen) refuse("`" row "` is a row already")
  seen[row] = 1
  k = $3 == "VIEWS" ? views : $3 == "EPOCHS" ? epochs : $3
  options = $6
  for (i = 7; i <= NF; ++i) options = options " " $i

  count = batch && k != "-" ? int(budget / k) : budget
  if (count < 1) refuse("`" row "` has " k " views of no image: a larger BUDGET")
  images = "attacker-n" count "-s$(SEED)"
  asked = images
  if (k != "-") {
    asked = images "-" $4 "-views" k
    target = "$(WORK)/%-" $4 "-views" k ".lmdb"
    if (!(target in made)) {
      print "\n.PRECIOUS: " target
      print target ": $(WORK)/%.lmdb | $(BIN)/cs-augment"
      print "\t$(augment) $< -o $@ --views " k " --policy " $4
    }
    made[target] = 1
  }
  shown = "$(WORK)/" ($5 == "views" ? asked : images) ".lmdb"
  answers = $2 == "-" ? "" : folder asked "." $2 ".lmdb"
  if (batch) {
    name = row "-n" count (k == "-" ? "" : "-v" k) "-b" batch "-lr" lr "-e" epochs
    recipe = "--batch " batch " --optimizer adam --lr " lr " --epochs " int(epochs * steps(budget) / steps(count))
  } else {
    name = "published-" row "-n" budget "-e" epochs
    recipe = "--epochs " epochs
  }
  has_head = $2 == "label" || $2 == "posterior"
  for (i = 1; i <= seed_count; ++i) {
    encoder = folder name "-s" seed[i]
    print "\n" encoder ".safetensors " encoder ".train.jsonl " (has_head ? encoder ".head.safetensors " : "") "&: \\"
    print "    " shown " " answers " | $(BIN)/cs-train"
    print "\t$(train) -o " encoder ".safetensors --log " encoder ".train.jsonl " options " \\"
    print "\t  --images " shown (answers ? " --answers " answers : "") " \\"
    print "\t  " recipe " --seed " seed[i] (has_head ? " --save-head " encoder ".head.safetensors" : "")
    numbers(encoder, has_head ? "probe train own-head" : "probe train")
  }
}

END { if (failed) exit 1 }
