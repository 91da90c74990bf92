"""Makes bench/results/<core>.json of the documents of one run of bench/run_performance.sh: what
`lutgemm bench --json`, compare_ggml --json and the Google Benchmark programs print."""

from results import FORMATS, InputError, read_json

# What is kept of a result.
KEPT = ("format", "group", "mode", "m", "n", "k", "target", "kernel", "layout", "bits_per_weight", "time_us",
        "gmacs", "weight_gbps", "read_ratio", "dot_ratio", "nmse")
DIGITS = 4

# Linear layers of the model that bits are set against speed for: (count, N, K) per decoder layer.
MODEL_LAYERS = 32
MODEL = ((4, 4096, 4096), (2, 14336, 4096), (1, 4096, 14336))


def rounded(value):
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def run_of(document, commit):
    settings, rates = document["settings"], document["calibration"]
    return {"command": settings["command"], "machine": document["machine"]["name"],
            "date": document["date"][:10], "commit": commit, "compiler": document["build"]["compiler"],
            "version": document["build"]["version"], "threads": settings["threads"],
            "working_set_mib": settings["working_set_mib"], "min_time_ms": settings["min_time_ms"],
            "read_gbps": [rounded(rates["read_gbps"])],
            "dot_peak_gmacs": [rounded(rates["dot_peak_gmacs"])],
            "results": [{key: rounded(result[key]) for key in KEPT} for result in document["results"]]}


def default_results(documents):
    """Results of one thread that plans chose, with the working set."""
    for document in documents:
        settings = document["settings"]
        words = set(settings["command"].split())
        if settings["threads"] == 1 and not words & {"--kernel", "--target", "--baseline"}:
            for result in document["results"]:
                if not result["format"].startswith(("ggml_", "onednn_")):
                    yield settings["working_set_mib"], result


def errors_of(documents):
    """The least and the largest NMSE of each format and mode."""
    found = {}
    for _, result in default_results(documents):
        key = result["format"], result["group"], result["mode"]
        found.setdefault(key, []).append(result["nmse"])
    return [{"format": f, "group": g, "mode": m, "nmse": [rounded(min(e)), rounded(max(e))]}
            for (f, g, m), e in found.items()]


def model_of(documents):
    """Tokens per second of the model's linear layers, from the largest working set."""
    size = max((size for size, _ in default_results(documents)), default=0)
    times, bits = {}, {}
    for at, result in default_results(documents):
        if at == size and result["m"] == 1:
            key = result["format"], result["group"], result["mode"]
            shape = result["n"], result["k"]
            times.setdefault(key, {})[shape] = result["time_us"] * 1e-6
            bits.setdefault(key, {})[shape] = result["bits_per_weight"]
    found = []
    weights = sum(count * n * k for count, n, k in MODEL)
    for (name, group, mode), seconds in times.items():
        if name in FORMATS and all((n, k) in seconds for _, n, k in MODEL):
            total = MODEL_LAYERS * sum(count * seconds[n, k] for count, n, k in MODEL)
            mean = sum(count * n * k * bits[name, group, mode][n, k] for count, n, k in MODEL) / weights
            found.append({"format": name, "group": group, "mode": mode,
                          "bits_per_weight": round(mean, 2), "tokens_per_second": rounded(1 / total)})
    return {"working_set_mib": size, "results": found}


def single_kernels_of(documents):
    """Packing and making of tables."""
    scale = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
    return [{"name": one["name"], "time_ns": round(one["real_time"] * scale[one["time_unit"]]),
             "gbps": rounded(one["GB/s"])} for document in documents for one in document["benchmarks"]
            if "GB/s" in one]


def collect(paths, core, commit):
    """One document of all; `core` is what the page calls it, the machine's own name if empty."""
    documents = [read_json(path) for path in paths]
    calls = [d for d in documents if "results" in d]
    try:
        if not any(d["results"] for d in calls):
            raise InputError("no measured products in " + ", ".join(map(str, paths)))
        machine = calls[0]["machine"]
        return {"core": core or machine["name"], "note": "", "machine": machine,
                "runs": [run_of(document, commit) for document in calls],
                "model": model_of(calls), "errors": errors_of(calls),
                "single_kernels": single_kernels_of([d for d in documents if "benchmarks" in d])}
    except (KeyError, TypeError) as error:
        raise InputError(f"{paths[0]} and others: {error} is missing or wrong") from error
