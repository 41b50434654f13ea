"""Accuracy of `implicit`'s ALS and of `pocketrec`, tuned over one grid, on splits in time.

    python -m venv /tmp/peers && /tmp/peers/bin/pip install implicit
    npm run build:cli
    /tmp/peers/bin/python bench/accuracy/compare-implicit.py RATINGS [--shares .8] [--factors 32,64] ...

RATINGS is a CSV with the header userId,itemId,...,timestamp in columns 1, 2 and 4, or `user::item::rating::timestamp`.
For each share: training is what comes before that share of the ratings, the test part what comes after. Both programs
are tuned on the last fifth of the training part by NDCG@20, with every point of

    factors x weight of an observed cell x lambda (plain)

and the best point of each is trained on the whole training part and measured once on the test part. Users without
training are left out, test items without training count as targets, ties go to the lower item. The means are over the
users of all shares together.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import implicit
import numpy as np
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares

PLACES = 20
PROGRAM = os.path.join(os.path.dirname(__file__), "..", "..", "dist", "cli", "pocketrec.mjs")


def read(path):
    rows = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            cells = line.strip().split("::" if "::" in line else ",")
            if cells[0].isdigit():
                rows.append((int(cells[0]), int(cells[1]), float(cells[3])))
    users, items, times = (np.array(column) for column in zip(*rows))
    return np.unique(users, return_inverse=True)[1], np.unique(items, return_inverse=True)[1], times


def cut_of(times, share):
    return np.sort(times)[int(share * len(times))]


def lists_of(scores, training):
    scores[training.nonzero()] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :PLACES]


def ndcg(ranked, targets):
    gains = 1 / np.log2(np.arange(2, PLACES + 2))
    hits = np.isin(ranked, list(targets))
    return (hits * gains).sum() / gains[: min(PLACES, len(targets))].sum()


def run_implicit(training, targets, point, options):
    factors, weight, regularization = point
    model = AlternatingLeastSquares(
        factors=factors, alpha=weight, regularization=regularization, iterations=options.iterations,
        random_state=options.seed, num_threads=1,
    )
    model.fit(training, show_progress=False)
    values = []
    known = np.diff(training.indptr)
    for user in range(training.shape[0]):
        wanted = set(targets[user].indices) - set(training[user].indices)
        if known[user] == 0 or not wanted:
            continue
        # As `recommend` does, with one user at a time and ties to the lower item.
        scores = (model.item_factors @ model.user_factors[user])[None].astype(np.float64)
        values.append(ndcg(lists_of(scores, training[user])[0], wanted))
    return values


def run_pocketrec(files, point, options, extra=()):
    factors, weight, regularization = point
    command = [
        "node", PROGRAM, "evaluate", "--train", files[0], "--test", files[1], "--factors", str(factors),
        "--iterations", str(options.iterations), "--seed", str(options.seed), "--metrics", f"ndcg@{PLACES}", "--json",
    ]
    # implicit: c = weight on observed cells, 1 elsewhere; Hu, Koren and Volinsky write the same as 1 + alpha.
    command += ["--alpha", str(weight - 1), "--regularization", str(regularization)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return [found["metrics"][f"ndcg@{PLACES}"]] * found["users"]


def write(folder, name, users, items):
    path = os.path.join(folder, name)
    np.savetxt(path, np.c_[users, items], fmt="%d", delimiter=",")
    return path


def part(users, items, chosen, shape):
    matrix = sp.csr_matrix((np.ones(chosen.sum(), np.float32), (users[chosen], items[chosen])), shape=shape)
    matrix.data[:] = 1
    return matrix


def run_tune(share, folder, options):
    """The program's own search, and what it found: no grid, the form of Rendle et al., weights where they help."""
    data = ["--train", options.ratings, "--format", "movielens", "--split-time", str(share)]
    search = ["--factors", ",".join(map(str, options.factors)), "--iterations", str(options.iterations)]
    search += ["--metric", f"ndcg@{PLACES}", "--trials", str(options.trials), "--seed", str(options.seed)]
    node = lambda *words: subprocess.run(["node", PROGRAM, *words, "--json"], check=True, capture_output=True, text=True).stdout
    found = node("tune", *data, *search)
    path = os.path.join(folder, "tuned.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write(found)
    report = json.loads(node("evaluate", *data, "--tuned", path, "--metrics", f"ndcg@{PLACES}"))
    return json.loads(found)["tuned"][0], report


def main():
    numbers = lambda kind: lambda text: [kind(part) for part in text.split(",")]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ratings")
    parser.add_argument("--shares", type=numbers(float), default=[0.8])
    parser.add_argument("--factors", type=numbers(int), default=[32, 64])
    parser.add_argument("--weights", type=numbers(float), default=[2, 5, 15, 50])
    parser.add_argument("--regularizations", type=numbers(float), default=[0.1, 1, 10, 50])
    parser.add_argument("--iterations", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trials", type=int, default=27, help="of pocketrec tune")
    options = parser.parse_args()

    users, items, times = read(options.ratings)
    shape = (users.max() + 1, items.max() + 1)
    grid = list(itertools.product(options.factors, options.weights, options.regularizations))
    print(f"implicit {implicit.__version__}, {len(grid)} points, {options.iterations} iterations, seed {options.seed}")
    everything = {"implicit": [], "pocketrec, same grid": [], "pocketrec tune": []}
    for share in options.shares:
        cut = cut_of(times, share)
        inner_cut = cut_of(times[times < cut], 0.8)
        parts = {
            "inner": (times < inner_cut, (times >= inner_cut) & (times < cut)),
            "outer": (times < cut, times >= cut),
        }
        with tempfile.TemporaryDirectory() as folder:
            matrices = {name: [part(users, items, chosen, shape) for chosen in pair] for name, pair in parts.items()}
            files = {
                name: [write(folder, f"{name}-{index}.csv", users[chosen], items[chosen]) for index, chosen in enumerate(pair)]
                for name, pair in parts.items()
            }
            programs = {
                "implicit": lambda name, point: run_implicit(*matrices[name], point, options),
                "pocketrec, same grid": lambda name, point: run_pocketrec(files[name], point, options),
            }
            for program, run in programs.items():
                scores = [np.mean(run("inner", point)) for point in grid]
                best = grid[int(np.argmax(scores))]
                values = run("outer", best)
                everything[program] += list(values)
                print(
                    f"{share}: {program}: factors {best[0]}, weight {best[1]}, lambda {best[2]}: held out "
                    f"{max(scores):.4f}, test {np.mean(values):.4f} ({len(values)} users)",
                    flush=True,
                )
            found, report = run_tune(share, folder, options)
            value, count = report["metrics"][f"ndcg@{PLACES}"], report["users"]
            everything["pocketrec tune"] += [value] * count
            print(f"{share}: pocketrec tune: held out {found['score']:.4f}, test {value:.4f} ({count} users)")
            print("    " + found["command"], flush=True)
    for program, values in everything.items():
        print(f"NDCG@{PLACES} {np.mean(values):.4f}  {program} ({len(values)} users)")


if __name__ == "__main__":
    sys.exit(main())
