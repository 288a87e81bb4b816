-- Pays another order with each request, from the number BENCH_FIRST on. BENCH_TOKENS is a file with a token a line; the
-- order n belongs to the user of line n modulo their count, counted from 0.
dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "done.lua")))

local number = tonumber(os.getenv("BENCH_FIRST"))
local tokens = {}
for line in io.lines(os.getenv("BENCH_TOKENS")) do table.insert(tokens, "Bearer " .. line) end

function request()
  local headers = { ["Authorization"] = tokens[number % #tokens + 1], ["Content-Type"] = "application/json" }
  local body = string.format('{"order_id": "bench%012d", "amount": 198.00}', number)
  number = number + 1
  return wrk.format("POST", nil, headers, body)
end
