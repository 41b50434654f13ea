"""The work of bench:gpu in PyTorch, CuPy and implicit with CUDA, whichever of them this Python has.

    python cuda_peers.py FOLDER

FOLDER holds tasks.json and the arrays of one training problem (as for fit.py). Every line printed is one JSON object:
{"task", "name", "times"} with milliseconds, or {"name", "skipped"} with the reason.
"""

import json
import pathlib
import sys
import time

folder = pathlib.Path(sys.argv[1])
tasks = json.loads((folder / "tasks.json").read_text())


def say(**line):
    print(json.dumps(line), flush=True)


def top_k_tasks():
    serving = tasks["serving"]
    for batch in serving["batches"]:
        title = f"Top {serving['k']} of {serving['itemCount']} x {serving['factors']}, batch {batch}"
        yield title, serving["itemCount"], serving["factors"], serving["k"], batch


def with_torch():
    import torch

    if not torch.cuda.is_available():
        raise RuntimeError("PyTorch finds no CUDA device")
    name = f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}"
    torch.backends.cuda.matmul.allow_tf32 = False  # float32, as ours
    for title, item_count, rank, k, batch in top_k_tasks():
        items = torch.randn(item_count, rank, device="cuda") * 0.1
        queries = torch.randn(batch, rank, device="cuda") * 0.1
        times = []
        for round_ in range(tasks["rounds"] + 1):
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            torch.topk(queries @ items.T, k)
            end.record()
            torch.cuda.synchronize()
            if round_ > 0:
                times.append(begin.elapsed_time(end))
        say(task=title, name=f"{name}: matmul and topk, GPU time", times=times)


def with_cupy():
    import cupy

    name = f"CuPy {cupy.__version__}, {cupy.cuda.runtime.getDeviceProperties(0)['name'].decode()}"
    for title, item_count, rank, k, batch in top_k_tasks():
        items = cupy.random.standard_normal((item_count, rank), dtype=cupy.float32) * 0.1
        queries = cupy.random.standard_normal((batch, rank), dtype=cupy.float32) * 0.1
        times = []
        for round_ in range(tasks["rounds"] + 1):
            begin, end = cupy.cuda.Event(), cupy.cuda.Event()
            begin.record()
            scores = queries @ items.T
            best = cupy.argpartition(-scores, k, axis=1)[:, :k]
            order = cupy.argsort(-cupy.take_along_axis(scores, best, axis=1), axis=1)
            cupy.take_along_axis(best, order, axis=1)
            end.record()
            end.synchronize()
            if round_ > 0:
                times.append(cupy.cuda.get_elapsed_time(begin, end))
        say(task=title, name=f"{name}: matmul and argpartition, GPU time", times=times)


def with_implicit():
    import implicit
    import implicit.gpu
    import numpy as np
    import scipy.sparse

    if not implicit.gpu.HAS_CUDA:
        raise RuntimeError("implicit was built without CUDA, or finds no CUDA device")
    from implicit.gpu.als import AlternatingLeastSquares

    problem = json.loads((folder / "problem.json").read_text())
    user_items = scipy.sparse.csr_matrix(
        (
            np.fromfile(folder / "confidences.f32", dtype="<f4"),
            np.fromfile(folder / "columns.u32", dtype="<i4"),
            np.fromfile(folder / "offsets.u32", dtype="<i4"),
        ),
        shape=(problem["userCount"], problem["itemCount"]),
    )
    model = AlternatingLeastSquares(
        factors=problem["factors"], regularization=problem["regularization"], iterations=problem["iterations"]
    )
    seconds = []
    started = time.time()
    model.fit(user_items, show_progress=False, callback=lambda _iteration, elapsed, *_loss: seconds.append(elapsed))
    task = f"{problem['iterations']} epochs, k = {problem['factors']}"
    say(task=task, name=f"implicit {implicit.__version__}, iterations alone, wall clock", times=[1000 * sum(seconds)])
    say(task=task, name=f"implicit {implicit.__version__}, with set-up, wall clock", times=[1000 * (time.time() - started)])


for name, run in {"PyTorch": with_torch, "CuPy": with_cupy, "implicit with CUDA": with_implicit}.items():
    try:
        run()
    except Exception as error:  # a peer that is not to be had is named, whatever keeps it away
        say(name=name, skipped=f"{type(error).__name__}: {error}")
