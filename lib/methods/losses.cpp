#include "methods/losses.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "nn/rows.hpp"

namespace cs::methods {
namespace {

std::string shape(const at::Tensor& tensor) {
  std::string text;
  for (const auto size : tensor.sizes()) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

void check_pairs(const at::Tensor& a, const at::Tensor& b) {
  if (a.dim() == 2 && a.sizes() == b.sizes() && a.size(0) > 0) return;
  throw DataError("loss", "cannot pair embeddings of shape " + shape(a) + " and " + shape(b) +
                              "; both must be one matrix of rows x width");
}

void check_several(const at::Tensor& a, const at::Tensor& b) {
  check_pairs(a, b);
  if (a.size(0) < 2) {
    throw DataError("loss", "a batch of 1 has no negatives; use a batch of at least 2");
  }
}

void check_temperature(double tau) {
  if (!(tau > 0 && std::isfinite(tau))) {
    throw UsageError("temperature", to_text(tau) + " is not a positive number; try 0.5");
  }
}

void check_contrast(const at::Tensor& a, const at::Tensor& b, double tau) {
  check_several(a, b);
  check_temperature(tau);
}

/// bf16 and f16 to f32; f32 and f64 as they are.
at::Tensor full(const at::Tensor& x) {
  return x.to(at::promote_types(x.scalar_type(), at::kFloat));
}

/// True where row k of a block of similarities is the anchor's own.
at::Tensor diagonal_mask(std::int64_t n, const at::Tensor& like) {
  return at::eye(n, like.options().dtype(at::kBool));
}

constexpr double kNever = -std::numeric_limits<double>::infinity();

/// L(anchors, others) of cont_steal() for rows of length 1.
at::Tensor one_sided(const at::Tensor& anchors, const at::Tensor& others, double tau,
                     const ContStealTerms& terms) {
  const at::Tensor columns = terms.self_negatives ? at::cat({others, anchors}) : others;
  const at::Tensor logits = anchors.mm(columns.t()).div(tau);
  const at::Tensor own = diagonal_mask(anchors.size(0), anchors);
  at::Tensor left_out = terms.positive_in_denominator ? at::zeros_like(own) : own;
  if (terms.self_negatives) left_out = at::cat({left_out, own}, /*dim=*/1);
  const at::Tensor denominators = logits.masked_fill(left_out, kNever).logsumexp(/*dim=*/1);
  return (denominators - logits.diagonal()).mean();
}

/// Of logits [2N, 2N] between the rows of [a; b]: the cross-entropy of telling each row's partner
/// from all other rows. Symmetric logits, whose two blocks of partners are the same.
at::Tensor partner_contrast(const at::Tensor& logits) {
  const auto n = logits.size(0) / 2;
  const at::Tensor others = logits.masked_fill(diagonal_mask(2 * n, logits), kNever);
  return others.logsumexp(/*dim=*/1).mean() - others.diagonal(n).mean();
}

/// Columns of mean 0 and variance 1, as batch norm without weights makes them.
at::Tensor standard_columns(const at::Tensor& x) {
  const at::Tensor centered = x - x.mean(0, /*keepdim=*/true);
  return centered / (centered.square().mean(0, /*keepdim=*/true) + 1e-5).sqrt();
}

}  // namespace

at::Tensor mse(const at::Tensor& surrogate, const at::Tensor& victim) {
  check_pairs(surrogate, victim);
  return (full(surrogate) - full(victim)).square().mean();
}

at::Tensor cosine(const at::Tensor& surrogate, const at::Tensor& victim) {
  check_pairs(surrogate, victim);
  return 1 - (nn::unit_rows(surrogate) * nn::unit_rows(victim)).sum(/*dim=*/1).mean();
}

at::Tensor nt_xent(const at::Tensor& a, const at::Tensor& b, double tau) {
  check_contrast(a, b, tau);
  const at::Tensor z = nn::unit_rows(at::cat({a, b}));
  return partner_contrast(z.mm(z.t()).div(tau));
}

at::Tensor cont_steal(const at::Tensor& surrogate, const at::Tensor& victim, double tau,
                      const ContStealTerms& terms) {
  check_contrast(surrogate, victim, tau);
  const at::Tensor s = nn::unit_rows(surrogate);
  const at::Tensor t = nn::unit_rows(victim);
  const at::Tensor loss = one_sided(s, t, tau, terms);
  return terms.symmetric ? (loss + one_sided(t, s, tau, terms)) / 2 : loss;
}

at::Tensor soft_nn(const at::Tensor& surrogate, const at::Tensor& victim, double temperature) {
  check_contrast(surrogate, victim, temperature);
  const at::Tensor rows = at::cat({full(surrogate), full(victim)});
  // What rows share takes no part in distances, but would in the rounding of their squares.
  const at::Tensor z = rows - rows.detach().mean(0, /*keepdim=*/true);
  const at::Tensor squares = z.square().sum(/*dim=*/1, /*keepdim=*/true);
  const at::Tensor distances = (squares + squares.t() - 2 * z.mm(z.t())).clamp_min(0);
  return partner_contrast(distances.div(-temperature));
}

at::Tensor barlow(const at::Tensor& p, const at::Tensor& q) {
  check_several(p, q);
  constexpr double kLambda = 0.0051;
  const at::Tensor correlation =
      standard_columns(full(p)).t().mm(standard_columns(full(q))).div(p.size(0));
  const at::Tensor diagonal = correlation.diagonal();
  const at::Tensor off_diagonal = correlation.square().sum() - diagonal.square().sum();
  return (diagonal - 1).square().sum() + kLambda * off_diagonal;
}

at::Tensor unit_distance(const at::Tensor& surrogate, const at::Tensor& victim) {
  check_pairs(surrogate, victim);
  return (nn::unit_rows(surrogate) - nn::unit_rows(victim)).norm(2, /*dim=*/1).sum();
}

at::Tensor rda(const at::Tensor& surrogate, const at::Tensor& prototypes, double tau) {
  check_contrast(surrogate, prototypes, tau);
  const at::Tensor u = nn::unit_rows(surrogate);
  const at::Tensor p = full(prototypes);
  const at::Tensor similarities = (u * nn::unit_rows(p)).sum(/*dim=*/1);
  const at::Tensor squares = (u - p).square().sum(/*dim=*/1);
  const at::Tensor align =
      ((squares + 1e-8).log() - (similarities + 1).clamp_min(1e-12).log()).mean();
  return one_sided(u, p, tau, {}) + align;
}

at::Tensor queue_contrast(const at::Tensor& queries, const at::Tensor& keys,
                          const at::Tensor& queue, double tau) {
  check_pairs(queries, keys);
  if (queue.dim() != 2 || queue.size(1) != queries.size(1)) {
    throw DataError("loss", "a queue of shape " + shape(queue) + " has no keys for rows of shape " +
                                shape(queries) + "; both must be equally wide");
  }
  check_temperature(tau);
  const at::Tensor q = nn::unit_rows(queries);
  const at::Tensor positives = (q * nn::unit_rows(keys)).sum(/*dim=*/1, /*keepdim=*/true).div(tau);
  const at::Tensor logits = at::cat({positives, q.mm(queue.t()).div(tau)}, /*dim=*/1);
  return logits.logsumexp(/*dim=*/1).mean() - positives.mean();
}

at::Tensor kl(const at::Tensor& logits, const at::Tensor& posterior) {
  check_pairs(logits, posterior);
  const at::Tensor p = full(posterior);
  return (at::xlogy(p, p) - p * full(logits).log_softmax(/*dim=*/1)).sum(/*dim=*/1).mean();
}

}  // namespace cs::methods
