/// The methods that train a surrogate on a victim's answers: one class with a loss each.
#pragma once

#include <memory>

#include "methods/method.hpp"

namespace cs::methods {

std::shared_ptr<Method> make_label(const nn::Encoder& encoder, const MethodSettings& settings);
std::shared_ptr<Method> make_posterior(const nn::Encoder& encoder, const MethodSettings& settings);
std::shared_ptr<Method> make_mse(const nn::Encoder& encoder, const MethodSettings& settings);
std::shared_ptr<Method> make_cosine(const nn::Encoder& encoder, const MethodSettings& settings);
std::shared_ptr<Method> make_cont_steal(const nn::Encoder& encoder, const MethodSettings& settings);
std::shared_ptr<Method> make_nt_xent(const nn::Encoder& encoder, const MethodSettings& settings);
std::shared_ptr<Method> make_soft_nn(const nn::Encoder& encoder, const MethodSettings& settings);

/// barlow() of both encoders' embeddings of one stored view with those of the other.
std::shared_ptr<Method> make_barlow(const nn::Encoder& encoder, const MethodSettings& settings);

/// unit_distance() of the plain image plus lambda / k times that of its k views.
std::shared_ptr<Method> make_stolen_encoder(const nn::Encoder& encoder,
                                            const MethodSettings& settings);

/// rda() of each view with the prototypes; mean over the views.
std::shared_ptr<Method> make_rda(const nn::Encoder& encoder, const MethodSettings& settings);

}  // namespace cs::methods
