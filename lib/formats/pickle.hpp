/// Python's pickles as data. A pickle is a program for a small stack machine, and Python runs it:
/// it may call any function. Here nothing is imported, called or run. What would have been a call
/// is kept as a value that names the function, and only functions of a list are let in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cs::formats {

/// The number of a value in its pickle.
using PickleRef = std::uint32_t;

struct PickleValue {
  enum class Kind {
    kNone,
    kBool,        ///< `number`
    kInt,         ///< `number`
    kLongInt,     ///< `text`: more than 8 bytes, little-endian
    kFloat,       ///< `real`
    kText,        ///< `text`
    kBytes,       ///< `text`
    kTuple,       ///< `items`
    kList,        ///< `items`
    kDict,        ///< `items`: key, value, key, value, ...
    kGlobal,      ///< `text`: "module.name"
    kCall,        ///< `text`: what would be called; `items`: the tuple of its arguments
    kPersistent,  ///< `items`: the one value that names something outside
  };
  Kind kind = Kind::kNone;
  std::int64_t number = 0;
  double real = 0;
  std::string_view text;  ///< into the pickle, or into the list of allowed names
  std::vector<PickleRef> items;
};

/// A pickle that was read; its texts point into the bytes. Values may be shared, and may contain
/// themselves.
class Pickle {
 public:
  const PickleValue& at(PickleRef ref) const { return values_.at(ref); }
  const PickleValue& root() const { return at(root_); }
  PickleRef count() const { return static_cast<PickleRef>(values_.size()); }
  std::size_t size() const { return size_; }  ///< bytes that it takes of its file

 private:
  friend class PickleMachine;  // in pickle.cpp
  std::vector<PickleValue> values_;
  std::deque<std::string> names_;
  PickleRef root_ = 0;
  std::size_t size_ = 0;
};

/// Reads the pickle at the beginning of `bytes`, of protocols 0 to 5 as torch.save() writes them.
/// `allowed` are the globals ("collections.OrderedDict") that it may name. Throws DataError naming
/// `subject` for any other, which it names too; for what is no pickle; and for one of over a
/// million values. Attributes that would be set on an object are dropped. Time and memory are at
/// most in proportion to the bytes.
Pickle parse_pickle(std::string_view subject, std::string_view bytes,
                    const std::set<std::string_view>& allowed);

}  // namespace cs::formats
