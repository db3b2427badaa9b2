//! `file://` URIs, which carry the raw bytes of a path in any text.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// RFC 3986: unreserved characters and the slash stand for themselves.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

const SCHEME: &str = "file://";

/// The `file://` URI of an absolute path, its raw bytes percent-encoded.
pub fn file_uri(path: &Path) -> String {
    format!("{SCHEME}{}", percent_encode(path.as_os_str().as_bytes(), ENCODED))
}

/// The path that `text` names: a `file://` URI, or the path itself.
pub(super) fn path_of(text: &str) -> PathBuf {
    match text.strip_prefix(SCHEME) {
        Some(encoded) => PathBuf::from(OsString::from_vec(percent_decode_str(encoded).collect())),
        None => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn uris_carry_every_byte() {
        let check = |bytes: &[u8], uri: &str| {
            let path = Path::new(OsStr::from_bytes(bytes));
            assert_eq!(file_uri(path), uri);
            assert_eq!(path_of(uri), path);
        };
        check(b"/media/Show (1999)/a-b_c.mkv", "file:///media/Show%20%281999%29/a-b_c.mkv");
        check(b"/media/caf\xe9.mkv", "file:///media/caf%E9.mkv");
        check("/média/100%.mkv".as_bytes(), "file:///m%C3%A9dia/100%25.mkv");
    }

    #[test]
    fn a_path_is_taken_as_it_is() {
        assert_eq!(path_of("/media/100%41.mkv"), Path::new("/media/100%41.mkv"));
    }
}
