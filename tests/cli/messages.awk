# messages.awk EXPECTED STDERR: prints the lines of STDERR, each as EXPECTED has it where that line
# holds: it occurs in the message, `...` in it standing for any text. What it prints equals EXPECTED
# if and only if all of EXPECTED holds, in order, and nothing else was said. Hints to --help, which
# follow usage errors, are left out.

# Whether `line` contains the parts of `wanted` between "...", in order.
function holds(wanted, line,    parts, n, i, at) {
  n = split(wanted, parts, /\.\.\./)
  for (i = 1; i <= n; i++) {
    at = index(line, parts[i])
    if (parts[i] != "" && at == 0) return 0
    if (parts[i] != "") line = substr(line, at + length(parts[i]))
  }
  return 1
}

# The first line of EXPECTED from `next_` on that holds of `line`, or 0. Not past a line `...`.
function find(line,    i) {
  for (i = next_; i <= count; i++)
    if (expected[i] != "..." && holds(expected[i], line)) return i
  return 0
}

BEGIN { next_ = 1 }
FILENAME == ARGV[1] { expected[++count] = $0; next }
/^Try '.* --help'\.$/ { next }
{
  at = find($0)
  for (; next_ < at; next_++) if (expected[next_] == "...") print "..."
  if (at) {
    print expected[at]
    next_ = at + 1
  } else if (expected[next_] != "...") {
    print
  }
}
END { for (; next_ <= count; next_++) if (expected[next_] == "...") print "..." }
