-- What every script of wrk's here prints at the end: one line of JSON that says what was measured.
function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '{"requests": %d, "per_second": %.2f, "p50": %.3f, "p99": %.3f, "errors": %d}\n',
    summary.requests, summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.status + e.connect + e.read + e.write + e.timeout))
end
