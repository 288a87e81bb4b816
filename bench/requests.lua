-- What wrk sends: method, body and token come from the environment; every request names another client address.
dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "done.lua")))

local method = os.getenv("BENCH_METHOD")
local body = os.getenv("BENCH_BODY")
local token = os.getenv("BENCH_TOKEN")
local users = tonumber(os.getenv("BENCH_USERS"))
local count = 0

function request()
  count = count + 1
  local headers = { ["X-Forwarded-For"] = string.format("10.%d.%d.%d", count / 65536 % 256, count / 256 % 256, count % 256) }
  if token ~= "" then headers["Authorization"] = token end
  if body == "" then return wrk.format(method, nil, headers, nil) end
  headers["Content-Type"] = "application/json"
  return wrk.format(method, nil, headers, string.format(body, count % users))
end
