/// The list of kinds of source. A new kind is a file that defines it, and two lines here.
#pragma once

#include "core/words.hpp"
#include "source/kind.hpp"

namespace cs::source {

extern const Kind kShards;      ///< one shard, or a folder of them
extern const Kind kStl10;       ///< STL-10 in its binary version
extern const Kind kCifar10;     ///< CIFAR-10 in its binary version
extern const Kind kCifar100;    ///< its classes are the fine labels
extern const Kind kIdx;         ///< the format of MNIST and its relatives
extern const Kind kNpy;         ///< NumPy's arrays, alone, in a folder or in an archive (.npz)
extern const Kind kWebDataset;  ///< image files, and beside each its class in a NAME.cls
extern const Kind kImages;      ///< image files; the first folder of a file is its class
extern const Kind kSynth;       ///< a procedural set, `shapes?count=N&size=S`

/// All kinds by their words. An operand without a word is of the first kind that recognizes it.
inline constexpr Words<const Kind*, 9> kKinds{"KIND",
                                              {{{"shard", &kShards},
                                                {"stl10", &kStl10},
                                                {"cifar10", &kCifar10},
                                                {"cifar100", &kCifar100},
                                                {"idx", &kIdx},
                                                {"npy", &kNpy},
                                                {"webdataset", &kWebDataset},
                                                {"images", &kImages},
                                                {"synth", &kSynth}}}};

}  // namespace cs::source
