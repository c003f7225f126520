#include "data/loader_options.hpp"

#include "core/words.hpp"

namespace cs::data {
namespace {

constexpr Words<SurrogateView, 4> kSurrogateViews{"surrogate-view",
                                                  {{{"fresh", SurrogateView::kFresh},
                                                    {"same", SurrogateView::kSame},
                                                    {"plain", SurrogateView::kPlain},
                                                    {"stored", SurrogateView::kStored}}}};
constexpr Words<VictimView, 2> kVictimViews{
    "victim-view", {{{"random", VictimView::kRandom}, {"cycle", VictimView::kCycle}}}};

}  // namespace

SurrogateView parse_surrogate_view(std::string_view word) { return kSurrogateViews.parse(word); }

VictimView parse_victim_view(std::string_view word) { return kVictimViews.parse(word); }

std::string to_string(SurrogateView view) { return kSurrogateViews.print(view); }

std::string to_string(VictimView view) { return kVictimViews.print(view); }

}  // namespace cs::data
