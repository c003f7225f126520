#include "formats/traced_inputs.hpp"

#include <gtest/gtest.h>

#include "support/traced.hpp"

namespace cs::formats {
namespace {

using test::stored_zip;
using test::traced_inputs;
using test::traced_script;
using test::traced_tensor;
using Shape = std::vector<std::int64_t>;

TEST(TracedShape, IsThatOfTheOneTensorThatForwardTook) {
  EXPECT_EQ(traced_shape(traced_script(traced_inputs(traced_tensor({2, 3, 20, 30})))),
            (Shape{2, 3, 20, 30}));
  EXPECT_EQ(traced_shape(traced_script(traced_inputs(traced_tensor({7})))), Shape{7});
}

TEST(TracedShape, IsNothingWhereTheFileDoesNotSay) {
  const std::string tensor = traced_tensor({1, 3, 4, 4});
  EXPECT_EQ(traced_shape(stored_zip({{"v/data.pkl", ""}})), std::nullopt);
  EXPECT_EQ(traced_shape(traced_script(traced_inputs(""))), std::nullopt);
  EXPECT_EQ(traced_shape(traced_script(traced_inputs(tensor + tensor))), std::nullopt);
  EXPECT_EQ(traced_shape(traced_script(traced_inputs("N"))), std::nullopt);
  EXPECT_EQ(traced_shape(traced_script(traced_inputs(tensor, "other"))), std::nullopt);
  EXPECT_EQ(traced_shape(traced_script("\x80\2N.")), std::nullopt);
}

TEST(TracedShape, IsNothingOfADamagedFile) {
  const std::string inputs = traced_inputs(traced_tensor({1, 3, 4, 4}));
  const std::string whole = traced_script(inputs);
  for (std::size_t length = 0; length < whole.size(); length += 7)
    EXPECT_EQ(traced_shape(whole.substr(0, length)), std::nullopt) << length;
  for (std::size_t length = 0; length < inputs.size(); ++length)
    EXPECT_EQ(traced_shape(traced_script(inputs.substr(0, length))), std::nullopt) << length;
  EXPECT_EQ(traced_shape(traced_script("cos\nsystem\n(X\2\0\0\0lstR.")), std::nullopt);
  EXPECT_EQ(traced_shape(stored_zip({{"v/data.pkl", ""}, {"v/traced_inputs.pkl", inputs}}, 8)),
            std::nullopt);
}

}  // namespace
}  // namespace cs::formats
