#include "report/table.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace cs::report {
namespace {

using Cells = std::vector<std::string>;

Quantity quantity(const std::string& name, double value, double spread) {
  Quantity made;
  made.name = name;
  made.main = name.find('.') == std::string::npos;
  made.value = value;
  made.spread = spread;
  return made;
}

/// Two encoders; the second asked nobody and was not trained by us.
std::vector<Row> two_rows() {
  Row a;
  a.name = "a";
  a.numbers = {10, 5, 71.6, 1};
  a.quantities = {quantity("knn", 50, 2.5), quantity("knn.agreement", 30, 2),
                  quantity("linear", 61.26, 3)};
  Row b;
  b.name = "b";
  b.numbers = {{}, {}, {}, 1};
  b.quantities = {quantity("linear", 70, 3), quantity("linear.agreement", 35, 3)};
  return {a, b};
}

TEST(Table, ShowsMainQuantitiesBeforeTheRestInTheOrderOfTheRows) {
  EXPECT_EQ(all_quantities(two_rows()),
            (Cells{"knn", "linear", "knn.agreement", "linear.agreement"}));
}

TEST(Table, ShowsNothingWhereThereIsNothing) {
  const auto cells = make_cells(two_rows(), {"linear", "knn.agreement"}, Seeds::kApart);
  ASSERT_EQ(cells.size(), 3U);
  EXPECT_EQ(cells[0],
            (Cells{"encoder", "calls", "images", "linear %", "knn agreement %", "seconds"}));
  EXPECT_EQ(cells[1], (Cells{"a", "10", "5", "61.3 +- 3.0", "30.0 +- 2.0", "72"}));
  EXPECT_EQ(cells[2], (Cells{"b", "-", "-", "70.0 +- 3.0", "-", "-"}));
}

TEST(Table, OfMergedSeedsSaysHowManyAndTheSpreadOfSeveral) {
  auto rows = two_rows();
  rows[0].seeds = 3;
  rows[0].numbers.back() = 3;
  const auto cells = make_cells(rows, {"linear"}, Seeds::kMerged);
  EXPECT_EQ(cells[0], (Cells{"encoder", "calls", "images", "linear %", "seconds", "seeds"}));
  EXPECT_EQ(cells[1], (Cells{"a", "10", "5", "61.3 +- 3.0", "72", "3"}));
  EXPECT_EQ(cells[2], (Cells{"b", "-", "-", "70.0", "-", "1"}));
}

TEST(Table, NamesUnitsThatAreNoPercent) {
  auto rows = two_rows();
  rows[1].quantities.push_back(quantity("similarity", 44.5625, 0.125));
  rows[1].quantities.back().unit = "degrees";
  const auto cells = make_cells(rows, {"similarity"}, Seeds::kApart);
  EXPECT_EQ(cells[0][3], "similarity degrees");
  EXPECT_EQ(cells[2][3], "44.56 +- 0.125");
}

TEST(Table, RefusesAQuantityThatNoRowHas) {
  EXPECT_THROW(make_cells(two_rows(), {"svm"}, Seeds::kApart), UsageError);
}

TEST(Table, SaysWhatTheSpreadIsAsTheLinesCallIt) {
  auto rows = two_rows();
  EXPECT_EQ(spread_in_words(rows, Seeds::kApart), "half the interval");
  rows[0].intervals = {"95 % bootstrap"};
  rows[1].intervals = {"95 % bootstrap", "90 % jackknife"};
  EXPECT_EQ(spread_in_words(rows, Seeds::kApart),
            "half the interval (90 % jackknife; 95 % bootstrap)");
  EXPECT_EQ(spread_in_words(rows, Seeds::kMerged), "standard deviation over seeds");
}

}  // namespace
}  // namespace cs::report
