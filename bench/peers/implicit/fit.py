"""Times implicit's CPU ALS on a problem that the bench wrote to a folder.

    python fit.py FOLDER

FOLDER holds problem.json and little-endian arrays. The program answers one line of JSON for each line it reads:
`about` (versions and BLAS kernels), `fit` (the milliseconds of all iterations, from the same start every time),
`save` (the factors of the last fit, next to the problem). It ends with its input.
"""

import json
import pathlib
import sys

import implicit
import numpy as np
import scipy
import scipy.sparse
import threadpoolctl
from implicit.cpu.als import AlternatingLeastSquares

folder = pathlib.Path(sys.argv[1])
problem = json.loads((folder / "problem.json").read_text())


def read(name, dtype):
    return np.fromfile(folder / name, dtype=dtype)


user_items = scipy.sparse.csr_matrix(
    (read("confidences.f32", "<f4"), read("columns.u32", "<i4"), read("offsets.u32", "<i4")),
    shape=(problem["userCount"], problem["itemCount"]),
)
shape = (-1, problem["factors"])
start = (read("user-factors.f32", "<f4").reshape(shape), read("item-factors.f32", "<f4").reshape(shape))
model = None


def fit():
    global model
    model = AlternatingLeastSquares(
        factors=problem["factors"],
        regularization=problem["regularization"],
        iterations=problem["iterations"],
        num_threads=problem["threads"],
    )
    model.cg_steps = problem["cgSteps"]
    model.user_factors, model.item_factors = (factors.copy() for factors in start)
    seconds = []
    model.fit(user_items, show_progress=False, callback=lambda _iteration, elapsed, _loss: seconds.append(elapsed))
    return {"elapsedMs": 1000 * sum(seconds)}


def save():
    model.user_factors.astype("<f4").tofile(folder / "fitted-user-factors.f32")
    model.item_factors.astype("<f4").tofile(folder / "fitted-item-factors.f32")
    return {}


def about():
    blas = [f"{api['internal_api']} {api.get('architecture', '')}".strip() for api in threadpoolctl.threadpool_info()]
    versions = {"implicit": implicit.__version__, "numpy": np.__version__, "scipy": scipy.__version__}
    return {"versions": versions, "python": sys.version.split()[0], "blas": sorted(set(blas))}


answers = {"fit": fit, "save": save, "about": about}
for line in sys.stdin:
    print(json.dumps(answers[line.strip()]()), flush=True)
