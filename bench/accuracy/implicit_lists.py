"""Trains implicit's ALS and recommends, for each line of JSON that it reads.

    python implicit_lists.py FOLDER

FOLDER holds little-endian arrays: offsets.u32 and columns.u32 (users x items, every interaction 1), users.u32 (rows to
recommend to). A line names userCount, itemCount, factors, alpha, regularization, iterations, seed and places. The
answer comes when lists-trained.i32 (by the users' trained factors, implicit's default) and lists-folded.i32 (with
`recalculate_user`) are written, one row a user.
"""

import json
import pathlib
import sys

import implicit
import numpy as np
import scipy.sparse
from implicit.cpu.als import AlternatingLeastSquares

folder = pathlib.Path(sys.argv[1])


def read(name, dtype="<i4"):
    return np.fromfile(folder / name, dtype=dtype)


def lists(task):
    columns = read("columns.u32")
    user_items = scipy.sparse.csr_matrix(
        (np.ones(len(columns), np.float32), columns, read("offsets.u32")), shape=(task["userCount"], task["itemCount"])
    )
    model = AlternatingLeastSquares(
        factors=task["factors"],
        alpha=task["alpha"],
        regularization=task["regularization"],
        iterations=task["iterations"],
        random_state=task["seed"],
        num_threads=1,
    )
    model.fit(user_items, show_progress=False)
    users = read("users.u32")
    for name, recalculate in (("lists-trained.i32", False), ("lists-folded.i32", True)):
        # The items that a user has in training are filtered, which is the default.
        items, _scores = model.recommend(users, user_items[users], N=task["places"], recalculate_user=recalculate)
        items.astype("<i4").tofile(folder / name)
    return {"version": implicit.__version__}


for line in sys.stdin:
    print(json.dumps(lists(json.loads(line))), flush=True)
