#!/usr/bin/python3
"""Solves the problems of probe_export.cpp again, with scikit-learn and with SciPy, and computes
the scores and intervals of predictions again with numpy.

usage: probe_reference.py EXPORTER

Exit 0: weights agree to 1e-4, accuracies of probes to 0.2 points, scores exactly and intervals to
the noise of resampling, 1: not, 77: a module is missing.
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import logsumexp
    from sklearn.linear_model import LogisticRegression
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


def solve_scipy(z, labels, l2):
    """Weights and bias that minimize mean cross-entropy + l2 / 2 |W|^2, with the objective."""
    classes = labels.max() + 1
    onehot = np.eye(classes)[labels]

    def objective(flat):
        theta = flat.reshape(z.shape[1] + 1, classes)
        logits = z @ theta[:-1] + theta[-1]
        logs = logits - logsumexp(logits, axis=1, keepdims=True)
        residual = (np.exp(logs) - onehot) / len(z)
        gradient = np.vstack([z.T @ residual + l2 * theta[:-1], residual.sum(0)])
        value = -(logs * onehot).sum() / len(z) + l2 / 2 * (theta[:-1] ** 2).sum()
        return value, gradient.ravel()

    found = minimize(objective, np.zeros((z.shape[1] + 1) * classes), jac=True, method="L-BFGS-B",
                     options={"maxiter": 20000, "maxfun": 40000, "maxcor": 50,
                              "ftol": 1e-16, "gtol": 1e-9})
    theta = found.x.reshape(z.shape[1] + 1, classes)
    return theta[:-1].T, theta[-1], found.fun


def solve_sklearn(z, labels, l2):
    model = LogisticRegression(C=1 / (l2 * len(z)), solver="newton-cg", tol=1e-7, max_iter=10000,
                               multi_class="multinomial")
    model.fit(z, labels)
    return model.coef_, model.intercept_ - model.intercept_.mean()


def agrees(folder, entry, z, labels, test, test_labels):
    def values(name):
        return np.fromfile(os.path.join(folder, f"{entry['name']}-{name}"))

    weight, bias, objective = solve_scipy(z, labels, entry["l2"])
    other_weight, other_bias = solve_sklearn(z, labels, entry["l2"])
    ours, our_bias = values("weight").reshape(weight.shape), values("bias")
    off = max(np.abs(ours - weight).max(), np.abs(our_bias - bias).max())
    off_other = max(np.abs(ours - other_weight).max(), np.abs(our_bias - other_bias).max())
    accuracy = ((test @ weight.T + bias).argmax(1) == test_labels).mean()
    our_accuracy = (values("classes") == test_labels).mean()
    print(f"l2 {entry['l2']}: weights off by {off:.1e} from SciPy, {off_other:.1e} from "
          f"scikit-learn; accuracy {our_accuracy:.4f} against {accuracy:.4f}; "
          f"objective {entry['objective']:.9f} against {objective:.9f}")
    return (entry["converged"] and max(off, off_other) < 1e-4
            and abs(accuracy - our_accuracy) < 2e-3)


def same_estimate(name, line, matches):
    """Whether a mean and its interval are those of numpy's bootstrap of the matches.

    A percentile of 1000 resamples scatters by a tenth of the standard error; allow a third.
    """
    draws = np.random.default_rng(1).integers(0, len(matches), (4000, len(matches)))
    low, high = np.percentile(matches[draws].mean(axis=1), [2.5, 97.5])
    error = matches.std() / len(matches) ** 0.5
    print(f"{name} {line[name]:.4f} [{line[name + '_low']:.4f}, {line[name + '_high']:.4f}] "
          f"against {matches.mean():.4f} [{low:.4f}, {high:.4f}]")
    return (abs(line[name] - matches.mean()) < 1e-12
            and abs(line[name + "_low"] - low) < error / 3
            and abs(line[name + "_high"] - high) < error / 3)


def same_scores(line, predictions, labels, victim):
    right, agreed = (predictions == labels) * 1.0, (predictions == victim) * 1.0
    good = same_estimate("accuracy", line, right) and same_estimate("agreement", line, agreed)
    for index, row in enumerate(line["per_class"]):
        chosen = labels == index
        good &= (row["records"] == chosen.sum()
                 and abs(row["accuracy"] - right[chosen].mean()) < 1e-12
                 and abs(row["agreement"] - agreed[chosen].mean()) < 1e-12)
    return good


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        with open(os.path.join(folder, "about.json"), encoding="utf-8") as file:
            about = json.load(file)

        def read(name):
            return np.fromfile(os.path.join(folder, name))

        train = read("train").reshape(-1, about["width"])
        mean, std = train.mean(0), train.std(0)
        test = (read("test").reshape(-1, about["width"]) - mean) / std
        labels, test_labels = read("train_labels").astype(int), read("test_labels").astype(int)
        same = [agrees(folder, entry, (train - mean) / std, labels, test, test_labels)
                for entry in about["probes"]]
        predictions = [read(entry["name"] + "-classes") for entry in about["probes"]]
        same.append(same_scores(about["score"], predictions[3], test_labels, predictions[0]))
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
