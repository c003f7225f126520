#include "formats/pickle.hpp"

#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"

namespace cs::formats {

namespace {

using Kind = PickleValue::Kind;
using Refs = std::vector<PickleRef>;

constexpr std::size_t kMostValues = 1'000'000;
constexpr std::string_view kOrderedDict = "collections.OrderedDict";

}  // namespace

/// The stack machine, with values in the place of objects.
class PickleMachine {
 public:
  PickleMachine(std::string_view subject, std::string_view bytes,
                const std::set<std::string_view>& allowed)
      : subject_(subject), bytes_(bytes), allowed_(allowed) {}

  Pickle run() {
    while (step(take(1)[0])) {
    }
    pickle_.root_ = pop();
    pickle_.size_ = at_;
    return std::move(pickle_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw DataError(subject_, what); }
  [[noreturn]] void damaged() const { fail("is a damaged pickle; copy or fetch it again"); }

  // Bytes.

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) fail("is a pickle that is cut short; copy or fetch it again");
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }

  std::uint64_t unsigned_of(std::size_t size) {
    const std::string_view taken = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8U | static_cast<unsigned char>(taken[i]);
    return value;
  }

  std::string_view line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos)
      fail("is a pickle that is cut short; copy or fetch it again");
    const std::string_view text = take(end - at_);
    take(1);
    return text;
  }

  // Values.

  PickleRef add(PickleValue value) {
    if (pickle_.values_.size() == kMostValues)
      fail("is a pickle of over a million values; save the weights alone");
    pickle_.values_.push_back(std::move(value));
    return static_cast<PickleRef>(pickle_.values_.size() - 1);
  }

  void push(PickleValue value) { stack_.push_back(add(std::move(value))); }

  void push_items(Kind kind, Refs items) {
    PickleValue value;
    value.kind = kind;
    value.items = std::move(items);
    push(std::move(value));
  }

  void push_text(Kind kind, std::string_view text) {
    PickleValue value;
    value.kind = kind;
    value.text = text;
    push(std::move(value));
  }

  void push_int(std::int64_t number, Kind kind = Kind::kInt) {
    PickleValue value;
    value.kind = kind;
    value.number = number;
    push(std::move(value));
  }

  /// The two's complement of `size` bytes.
  void push_long(std::uint64_t size) {
    if (size > 8) return push_text(Kind::kLongInt, take(size));
    const unsigned shift = 8 * (8 - static_cast<unsigned>(size));
    const std::uint64_t bits = unsigned_of(size);
    push_int(size == 0 ? 0 : static_cast<std::int64_t>(bits << shift) >> shift);
  }

  void push_float() {  // big-endian
    std::uint64_t bits = 0;
    for (const char c : take(8)) bits = bits << 8U | static_cast<unsigned char>(c);
    PickleValue value;
    value.kind = Kind::kFloat;
    std::memcpy(&value.real, &bits, sizeof bits);
    push(std::move(value));
  }

  PickleRef pop() {
    if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size())) damaged();
    const PickleRef top = stack_.back();
    stack_.pop_back();
    return top;
  }

  Refs pop(std::size_t count) {
    Refs items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    return items;
  }

  Refs pop_to_mark() {
    if (marks_.empty() || marks_.back() > stack_.size()) damaged();
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    Refs items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  PickleValue& top() {
    const PickleRef ref = pop();
    stack_.push_back(ref);
    return pickle_.values_[ref];
  }

  // What the program does.

  void extend(Kind kind, const Refs& items) {
    PickleValue& into = top();
    if (into.kind != kind || (kind == Kind::kDict && items.size() % 2 != 0)) damaged();
    into.items.insert(into.items.end(), items.begin(), items.end());
  }

  void global(std::string_view module, std::string_view name) {
    const std::string full = std::string(module) + "." + std::string(name);
    const auto known = allowed_.find(full);
    if (known == allowed_.end())
      fail("is a pickle that would run '" + printable(full) +
           "' in Python; it is not run here: save the weights alone, torch.save(model.state_dict(),"
           " FILE)");
    push_text(Kind::kGlobal, *known);
  }

  void stack_global() {
    const PickleValue& name = pickle_.at(pop());
    const PickleValue& module = pickle_.at(pop());
    if (name.kind != Kind::kText || module.kind != Kind::kText) damaged();
    global(module.text, name.text);
  }

  void call() {
    const PickleRef arguments = pop();
    const PickleRef callee = pop();
    const std::string_view name = pickle_.at(callee).text;
    if (pickle_.at(callee).kind != Kind::kGlobal || pickle_.at(arguments).kind != Kind::kTuple)
      damaged();
    if (name == kOrderedDict && pickle_.at(arguments).items.empty())
      return push_items(Kind::kDict, {});
    push_items(Kind::kCall, {arguments});
    top().text = name;
  }

  void remember(std::uint64_t key) { memo_[key] = (top(), stack_.back()); }

  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) damaged();
    stack_.push_back(found->second);
  }

  /// Runs one instruction; false for the last. The letters are those of pickletools.py.
  bool step(char code) {
    switch (static_cast<unsigned char>(code)) {
      case '.':
        return false;
      case 0x80:  // PROTO
        if (unsigned_of(1) > 5)
          fail("is a pickle of a later protocol than 5; save it again with torch.save()");
        break;
      case 0x95:  // FRAME
        take(8);
        break;
      case '(':
        marks_.push_back(stack_.size());
        break;
      case '0':
        pop();
        break;
      case '1':
        pop_to_mark();
        break;
      case '2':
        recall_top();
        break;
      default:
        if (!constant(code) && !container(code) && !memo(code) && !object(code))
          fail("is no pickle, or one with an instruction that weights do not need (" +
               std::to_string(static_cast<unsigned char>(code)) + ")");
    }
    return true;
  }

  void recall_top() {
    top();
    stack_.push_back(stack_.back());
  }

  bool constant(char code) {
    switch (static_cast<unsigned char>(code)) {
      case 'N':
        push({});
        break;
      case 0x88:  // NEWTRUE
      case 0x89:  // NEWFALSE
        push_int(code == '\x88' ? 1 : 0, Kind::kBool);
        break;
      case 'J':
        push_int(static_cast<std::int32_t>(unsigned_of(4)));
        break;
      case 'K':
        push_int(static_cast<std::int64_t>(unsigned_of(1)));
        break;
      case 'M':
        push_int(static_cast<std::int64_t>(unsigned_of(2)));
        break;
      case 0x8a:  // LONG1
        push_long(unsigned_of(1));
        break;
      case 0x8b:  // LONG4
        push_long(unsigned_of(4));
        break;
      case 'G':
        push_float();
        break;
      case 'X':
      case 'T':  // a str of Python 2, as is U
        push_text(Kind::kText, take(unsigned_of(4)));
        break;
      case 0x8c:  // SHORT_BINUNICODE
      case 'U':
        push_text(Kind::kText, take(unsigned_of(1)));
        break;
      case 0x8d:  // BINUNICODE8
        push_text(Kind::kText, take(unsigned_of(8)));
        break;
      case 'B':
        push_text(Kind::kBytes, take(unsigned_of(4)));
        break;
      case 'C':
        push_text(Kind::kBytes, take(unsigned_of(1)));
        break;
      case 0x8e:  // BINBYTES8
        push_text(Kind::kBytes, take(unsigned_of(8)));
        break;
      default:
        return false;
    }
    return true;
  }

  bool container(char code) {
    switch (static_cast<unsigned char>(code)) {
      case ')':
        push_items(Kind::kTuple, {});
        break;
      case 0x85:  // TUPLE1, 2 and 3
      case 0x86:
      case 0x87:
        push_items(Kind::kTuple, pop(static_cast<std::size_t>(code - '\x84')));
        break;
      case 't':
        push_items(Kind::kTuple, pop_to_mark());
        break;
      case ']':
        push_items(Kind::kList, {});
        break;
      case 'l':
        push_items(Kind::kList, pop_to_mark());
        break;
      case 'a':
        extend(Kind::kList, pop(1));
        break;
      case 'e':
        extend(Kind::kList, pop_to_mark());
        break;
      case '}':
        push_items(Kind::kDict, {});
        break;
      case 'd':
        push_items(Kind::kDict, pop_to_mark());
        if (top().items.size() % 2 != 0) damaged();
        break;
      case 's':
        extend(Kind::kDict, pop(2));
        break;
      case 'u':
        extend(Kind::kDict, pop_to_mark());
        break;
      default:
        return false;
    }
    return true;
  }

  bool memo(char code) {
    switch (static_cast<unsigned char>(code)) {
      case 'q':
        remember(unsigned_of(1));
        break;
      case 'r':
        remember(unsigned_of(4));
        break;
      case 0x94:  // MEMOIZE
        remember(memo_.size());
        break;
      case 'h':
        recall(unsigned_of(1));
        break;
      case 'j':
        recall(unsigned_of(4));
        break;
      default:
        return false;
    }
    return true;
  }

  bool object(char code) {
    switch (static_cast<unsigned char>(code)) {
      case 'c': {
        const std::string_view module = line();
        global(module, line());
        break;
      }
      case 0x93:  // STACK_GLOBAL
        stack_global();
        break;
      case 'R':
      case 0x81:  // NEWOBJ
        call();
        break;
      case 'b':  // BUILD
        pop();
        top();
        break;
      case 'Q':
        push_items(Kind::kPersistent, pop(1));
        break;
      default:
        return false;
    }
    return true;
  }

  std::string_view subject_;
  std::string_view bytes_;
  const std::set<std::string_view>& allowed_;
  Pickle pickle_;
  std::size_t at_ = 0;
  Refs stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleRef> memo_;
};

Pickle parse_pickle(std::string_view subject, std::string_view bytes,
                    const std::set<std::string_view>& allowed) {
  return PickleMachine(subject, bytes, allowed).run();
}

}  // namespace cs::formats
