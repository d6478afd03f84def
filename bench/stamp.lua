-- What wrk sends: a TimeStampReq with a fresh nonce each time, on the connections it keeps open.
-- STAMP_REQUEST names a file with the request, STAMP_NONCE where in it the last four bytes of the
-- nonce are, counted from 1. Prints one line of figures at the end.

local file = assert(io.open(os.getenv("STAMP_REQUEST"), "rb"))
local body = file:read("*a")
file:close()
local place = tonumber(os.getenv("STAMP_NONCE"))
local head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    .. "Content-Type: application/timestamp-query\r\nContent-Length: " .. #body .. "\r\n\r\n"
local before = head .. body:sub(1, place - 1)
local after = body:sub(place + 4)
local count = 0
local floor, char = math.floor, string.char

function request()
    count = count + 1
    local high = floor(count / 65536)
    local nonce = char(floor(high / 256) % 256, high % 256, floor(count / 256) % 256, count % 256)
    return before .. nonce .. after
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        "figures %d %d %d %d %d %d\n",
        summary.requests, summary.bytes, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
