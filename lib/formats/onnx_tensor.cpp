#include "formats/onnx_tensor.hpp"

#include <array>
#include <limits>

#include "core/error.hpp"
#include "formats/protobuf.hpp"

namespace cs::formats {
namespace {

constexpr std::uint64_t kMostNumbers = std::numeric_limits<std::int32_t>::max();

/// Fields of TensorProto.
enum Field : std::uint32_t {
  kDims = 1,
  kType = 2,
  kSegment = 3,
  kFloats = 4,
  kInt32s = 5,
  kStrings = 6,
  kInt64s = 7,
  kName = 8,
  kRaw = 9,
  kDoubles = 10,
  kUint64s = 11,
  kLocation = 14,
};
constexpr std::size_t kLists = kUint64s + 1;

struct Type {
  const char* name;
  std::size_t size;       ///< bytes of a number in raw data; 0: never raw
  Field list;             ///< that holds numbers one by one
  std::uint64_t per = 1;  ///< entries of the list for a number
};

/// By the number of the type, from 1.
constexpr std::array<Type, 16> kTypes = {{{"f32", 4, kFloats},
                                          {"u8", 1, kInt32s},
                                          {"i8", 1, kInt32s},
                                          {"u16", 2, kInt32s},
                                          {"i16", 2, kInt32s},
                                          {"i32", 4, kInt32s},
                                          {"i64", 8, kInt64s},
                                          {"text", 0, kStrings},
                                          {"bool", 1, kInt32s},
                                          {"f16", 2, kInt32s},
                                          {"f64", 8, kDoubles},
                                          {"u32", 4, kUint64s},
                                          {"u64", 8, kUint64s},
                                          {"complex64", 8, kFloats, 2},
                                          {"complex128", 16, kDoubles, 2},
                                          {"bf16", 2, kInt32s}}};

const Type* type_of(std::int64_t number) {
  return number < 1 || number > static_cast<std::int64_t>(kTypes.size())
             ? nullptr
             : &kTypes.at(static_cast<std::size_t>(number) - 1);
}

class OnnxTensor {
 public:
  OnnxTensor(std::string_view subject, std::string_view message) : subject_(subject) {
    WireReader reader(subject, message);
    while (const auto field = reader.next()) take(*field);
  }

  void check() const {
    const Type* type = type_of(type_);
    if (type == nullptr) fail("is of " + onnx_type_name(type_) + ", which ONNX does not have");
    bool whole = type->size == 0 ? raw_ == 0 : raw_ % type->size == 0;
    std::uint64_t held = type->size == 0 ? 0 : raw_ / type->size;
    for (std::size_t list = 0; list < kLists; ++list) {
      if (listed_.at(list) == 0) continue;
      whole = whole && list == type->list && raw_ == 0 && listed_.at(list) % type->per == 0;
      held = listed_.at(list) / type->per;
    }
    if (!whole || held != numbers_) fail("has other numbers than its shape says");
  }

  std::string_view name() const { return name_; }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw DataError(subject_, "tensor '" + printable(name_) + "' " + what +
                                  "; copy or fetch the file again, or export it again");
  }

  void take(const WireField& field) {
    switch (field.number) {
      case kDims:
        return wire_numbers(subject_, field, [&](std::uint64_t extent) { multiply(extent); });
      case kType:
        type_ = static_cast<std::int64_t>(wire_number(subject_, field));
        return;
      case kName:
        name_ = wire_message(subject_, field);
        return;
      case kRaw:
        raw_ = wire_message(subject_, field).size();
        return;
      case kFloats:
      case kDoubles:
        listed_.at(field.number) += count(field, field.number == kFloats ? 4 : 8);
        return;
      case kInt32s:
      case kInt64s:
      case kUint64s:
        return wire_numbers(subject_, field, [&](std::uint64_t) { ++listed_.at(field.number); });
      case kStrings:
        wire_message(subject_, field);
        ++listed_.at(field.number);
        return;
      case kLocation:
        if (wire_number(subject_, field) == 0) return;
        [[fallthrough]];
      case kSegment:
        throw DataError(subject_,
                        "keeps weights in other files (external data); export it as one "
                        "file, or export TorchScript");
      default:
        return;
    }
  }

  void multiply(std::uint64_t extent) {
    if (extent > kMostNumbers || (extent != 0 && numbers_ > kMostNumbers / extent))
      fail("is of an impossible shape");
    numbers_ *= extent;
  }

  /// How many numbers of `size` bytes the field holds, one or packed.
  std::uint64_t count(const WireField& field, std::size_t size) const {
    const WireKind alone = size == 4 ? WireKind::kFixed32 : WireKind::kFixed64;
    if ((field.kind != alone && field.kind != WireKind::kBytes) || field.bytes.size() % size != 0)
      fail("is damaged");
    return field.bytes.size() / size;
  }

  std::string_view subject_;
  std::string_view name_;
  std::int64_t type_ = 0;
  std::uint64_t numbers_ = 1;  ///< by the shape
  std::uint64_t raw_ = 0;      ///< bytes of raw data
  std::array<std::uint64_t, kLists> listed_{};
};

}  // namespace

std::string onnx_type_name(std::int64_t type) {
  const Type* known = type_of(type);
  return known != nullptr ? known->name : "type " + std::to_string(type);
}

std::string_view check_onnx_tensor(std::string_view subject, std::string_view message) {
  const OnnxTensor tensor(subject, message);
  tensor.check();
  return tensor.name();
}

}  // namespace cs::formats
