# What scripts/bench does for each row of its table: run, take the median, print. Needs GNU time.
# Variables: work (a folder), runs, program.

median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

measure() { # title, size, command with OUT for its folder
    local times=$work/times out=$work/out && : >"$times"
    for ((run = 0; run <= runs; run++)); do
        rm -rf "$out"
        /usr/bin/time -f '%e %U %S %M' -o "$work/time" bash -c "${3//OUT/$out}" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
        ((run == 0)) || cat "$work/time" >>"$times"
    done
    printf '| %s | %d million | %s s | %s s | %s MB |\n' "$1" $(($2 / 1000000)) "$(cut -d' ' -f1 "$times" | median)" \
        "$(awk '{ print $2 + $3 }' "$times" | median)" "$(awk '{ print int($4 / 1024) }' "$times" | median)"
}

heading() {
    printf '%s, %s cores, %s; %s; duckdb, polars: %s; RUNS=%s scripts/bench\n\n' "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)" \
        "$(nproc)" "$(awk '/MemTotal/ { printf "%d GB", $2 / 1048576 + 0.5 }' /proc/meminfo)" "$("$program" --version)" \
        "$(python3 -c 'import duckdb, polars; print(duckdb.__version__, polars.__version__)')" "$runs"
    printf '| program | items | wall | CPU | peak memory |\n|---|---|---|---|---|\n'
}
