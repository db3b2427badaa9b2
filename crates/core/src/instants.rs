//! Instants as the API, the CLI and HTTP write them.

use retrovue_timeline::UtcTime;

/// RFC 3339 in UTC with milliseconds, rounded down: `2026-11-22T20:00:00.000Z`.
pub fn rfc3339(at: UtcTime) -> String {
    // nanoseconds in an i64 reach less far than jiff does, so no instant is out of its range
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// As HTTP has them: `Sun, 22 Nov 2026 20:00:00 GMT`.
pub fn rfc9110(at: UtcTime) -> String {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_milliseconds_always() {
        assert_eq!(rfc3339(UtcTime::EPOCH), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(UtcTime::from_nanos(1_795_377_600_059_999_999)), "2026-11-22T20:00:00.059Z");
    }

    #[test]
    fn instants_of_http_are_those_of_its_standard() {
        assert_eq!(rfc9110(UtcTime::from_nanos(784_111_777_000_000_000)), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
