/// The losses of methods that compare two sets of embeddings, as free functions that read as their
/// equations.
///
/// Functions take matrices [N, D] whose rows i belong together, compute in f32 (f64 inputs stay
/// f64, for tests) and return a scalar. sim is the cosine, tau the temperature. All throw DataError
/// if paired shapes differ, are no matrices or have no rows; those whose negatives or statistics
/// come from the batch also for N < 2; those with a temperature throw UsageError unless it is
/// positive.
#pragma once

#include <ATen/core/Tensor.h>

namespace cs::methods {

/// mean (s - t)^2 over all entries: the conventional attack on embeddings.
at::Tensor mse(const at::Tensor& surrogate, const at::Tensor& victim);

/// mean_i 1 - sim(s_i, t_i). Blind to magnitude.
at::Tensor cosine(const at::Tensor& surrogate, const at::Tensor& victim);

/// NT-Xent (Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations",
/// ICML 2020): with the 2N rows z = [a; b] and p(i) the other row of i's pair,
///
///   L = mean_i -log[ e^{sim(z_i, z_p(i)) / tau} / sum_{k != i} e^{sim(z_i, z_k) / tau} ].
///
/// The positive is in the denominator, and exchanging a and b changes nothing. With a = surrogate
/// and b = victim this is Cont-Steal as its authors released it (zeyangsha/Cont-Steal), and with
/// tau = 0.07 the InfoNCE attack of cleverhans-lab/ssl-attacks-defenses.
at::Tensor nt_xent(const at::Tensor& a, const at::Tensor& b, double tau);

/// The paper's choices in cont_steal(), and the ablations of them.
struct ContStealTerms {
  bool self_negatives = true;            ///< D-self: the surrogate's other embeddings
  bool positive_in_denominator = false;  ///< D+ in the denominator too
  bool symmetric = false;                ///< the victim's rows are anchors as well
};

/// Cont-Steal as the paper describes it (Sha et al., "Can't Steal? Cont-Steal! Contrastive Stealing
/// Attacks Against Image Encoders", CVPR 2023). Anchors are the surrogate's rows alone:
///
///   D+(i)     = e^{sim(s_i, t_i) / tau}
///   D-enc(i)  = sum_{k != i} e^{sim(s_i, t_k) / tau}
///   D-self(i) = sum_{k != i} e^{sim(s_i, s_k) / tau}
///   L(s, t) = mean_i -log[ D+(i) / (D-enc(i) + D-self(i)) ]
///
/// The positive is not in the denominator, so L may be negative. `terms` can leave D-self out (the
/// paper's ablation), add D+ to the denominator, or take (L(s, t) + L(t, s)) / 2; with both of the
/// latter it is nt_xent(). One product of s with [t; s]: memory grows with N^2, not N^2 D.
at::Tensor cont_steal(const at::Tensor& surrogate, const at::Tensor& victim, double tau,
                      const ContStealTerms& terms = {});

/// Soft nearest neighbors (Frosst et al., ICML 2019), as cleverhans-lab/ssl-attacks-defenses steals
/// with them: with the 2N raw rows z = [s; t], p(i) the other row of i's pair and d the squared
/// Euclidean distance,
///
///   L = mean_i -log[ e^{-d(z_i, z_p(i)) / T} / sum_{k != i} e^{-d(z_i, z_k) / T} ].
at::Tensor soft_nn(const at::Tensor& surrogate, const at::Tensor& victim, double temperature);

/// Barlow Twins (Zbontar et al., ICML 2021), as cleverhans-lab/ssl-attacks-defenses steals with
/// them. p = [s(x1); t(x1)] and q = [s(x2); t(x2)] hold both encoders' embeddings of two views.
/// Each column is shifted and scaled to mean 0 and variance 1 (plus 1e-5, as batch norm does) over
/// its N rows; with C = p^T q / N and lambda = 0.0051
///
///   L = sum_i (C_ii - 1)^2 + lambda sum_{i != j} C_ij^2.
///
/// It does not say which answer belongs to which image: exchanging rows of p and q alike changes
/// nothing.
at::Tensor barlow(const at::Tensor& p, const at::Tensor& q);

/// sum_i ||s_i / |s_i| - t_i / |t_i|||_2: the distance of StolenEncoder (Liu et al., CCS 2022), a
/// sum over the batch as in liu00222/StolenEncoder. Its gradient is 0 where a pair is equal.
at::Tensor unit_distance(const at::Tensor& surrogate, const at::Tensor& victim);

/// RDA (Wu et al., "Refine, Discriminate and Align", ECCV 2024), as ShuchiWu/RDA computes it. u_i
/// is s_i at length 1; a prototype p_i is used as it is, the mean of unit vectors:
///
///   L_con   = mean_i -log[ e^{u_i p_i / tau} / S_i ],
///   S_i     = sum_{k != i} e^{u_i p_k / tau} + e^{u_i u_k / tau}
///   L_align = mean_i -log[ (sim(u_i, p_i) + 1) / (|u_i - p_i|^2 + 1e-8) ]
///   L       = L_con + L_align.
at::Tensor rda(const at::Tensor& surrogate, const at::Tensor& prototypes, double tau);

/// MoCo (He et al., CVPR 2020): with q and k at length 1 and the M rows of `queue` as they are,
///
///   L = mean_i -log[ e^{q_i k_i / tau} / (e^{q_i k_i / tau} + sum_m e^{q_i queue_m / tau}) ].
at::Tensor queue_contrast(const at::Tensor& queries, const at::Tensor& keys,
                          const at::Tensor& queue, double tau);

/// Distillation (Hinton et al., "Distilling the Knowledge in a Neural Network", 2015) at
/// temperature 1: mean_i KL(p_i || softmax(l_i)) = mean_i sum_c p_ic (ln p_ic - ln softmax(l_i)_c),
/// where 0 ln 0 is 0. `posterior` holds probabilities.
at::Tensor kl(const at::Tensor& logits, const at::Tensor& posterior);

}  // namespace cs::methods
