-- Posts the JSON body of the templated answer; at the end prints one line of JSON that says what was measured.
if os.getenv("BENCH_BODY") ~= "" then
  wrk.method = "POST"
  wrk.body = os.getenv("BENCH_BODY")
  wrk.headers["Content-Type"] = "application/json"
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '{"requests": %d, "per_second": %.2f, "p50": %.3f, "p99": %.3f, "errors": %d}\n',
    summary.requests, summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.status + e.connect + e.read + e.write + e.timeout))
end
