-- Asks with one token after the other, and tells in one line of JSON what came of it.

local requests = {}
local asked = 0

function init(args)
  for token in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", nil, { Authorization = "Bearer " .. token, Host = wrk.headers["Host"] })
  end
end

function request()
  asked = asked + 1
  return requests[asked % #requests + 1]
end

function done(summary)
  local errors = summary.errors
  io.write(string.format(
    '\n{"answers": %d, "seconds": %f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
