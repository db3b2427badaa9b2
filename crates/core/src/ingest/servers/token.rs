//! What media servers are asked with. Tokens lie in the home, each in a file that its owner alone may read, and nowhere
//! else: not in the database and its copies, not in logs, not in answers.

use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::{Failure, Kind};

/// No server makes longer ones.
const LONGEST: usize = 1000;

/// A token. It shows itself to nobody.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Token {
    /// The token that `text` is, but for blanks around it.
    ///
    /// # Errors
    /// `token_invalid`
    pub fn new(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let is_token =
            (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        if is_token {
            return Ok(Self(text.to_owned()));
        }
        Err(Failure::new(Kind::Usage, "token_invalid", "that is no token: one is a single word of letters and digits")
            .hint("write the token, and nothing else, into the file"))
    }

    /// It.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// This one, checked.
    ///
    /// # Errors
    /// `token_invalid`
    pub fn checked(&self) -> Result<Self, Failure> {
        Self::new(&self.0)
    }
}

/// Where tokens are kept, by the ids of sources.
#[derive(Clone, Debug)]
pub struct Tokens {
    folder: PathBuf,
}

impl Tokens {
    /// In this home.
    pub fn of_home(home: &Path) -> Self {
        Self { folder: home.join("tokens") }
    }

    /// Keeps a source's token, and the address that it was given for, in place of the one before. Whoever reads sees one
    /// or the other. Blocks.
    ///
    /// # Errors
    /// `token_not_kept`
    pub fn keep(&self, source_id: &str, url: &str, token: &Token) -> Result<(), Failure> {
        let (path, unfinished) = (self.path(source_id), self.folder.join(format!("{source_id}.new")));
        let write = || {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
            match fs::remove_file(&unfinished) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
            write!(file, "{}\n{url}\n", token.0)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)
        };
        write().map_err(|error| {
            let message = format!("the token cannot be kept in {}: {error}", self.folder.display());
            Failure::new(Kind::Failed, "token_not_kept", message)
                .hint("let the user that Core runs as write there, then: retrovue source edit NAME --token-file FILE")
        })
    }

    /// The token of the source `name`, to be sent to `url`. Blocks.
    ///
    /// # Errors
    /// `token_missing`, also where it was given for another address.
    pub fn read(&self, source_id: &str, name: &str, url: &str) -> Result<Token, Failure> {
        let missing = |why: String| {
            Failure::new(Kind::Failed, "token_missing", format!("the token of source {name:?} is not there: {why}"))
                .hint(format!(
                    "neither copies of the database nor new addresses come with one; hand it over again: retrovue source \
                     edit {name} --token-file FILE, with --url where the address is new"
                ))
        };
        let path = self.path(source_id);
        let text = fs::read_to_string(&path).map_err(|error| missing(format!("{}: {error}", path.display())))?;
        let (token, given_for) = text.split_once('\n').unwrap_or((&text, ""));
        if given_for.trim_end() != url {
            return Err(missing(format!("the one that is kept was not given for {url}")));
        }
        Token::new(token).map_err(|failure| missing(failure.message))
    }

    /// Forgets a source's token. Blocks.
    pub fn forget(&self, source_id: &str) {
        match fs::remove_file(self.path(source_id)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(source.id = source_id, %error, "a token that is not needed any more stays");
            }
            _ => {}
        }
    }

    fn path(&self, source_id: &str) -> PathBuf {
        self.folder.join(source_id)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn tokens_are_their_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let tokens = Tokens::of_home(home.path());
        let read = |url| tokens.read("s1", "box", url);
        assert_eq!(read("http://box").unwrap_err().code, "token_missing");
        for text in ["one", " two\n"] {
            tokens.keep("s1", "http://box", &Token::new(text).unwrap()).unwrap();
            assert_eq!(read("http://box").unwrap().expose(), text.trim());
            assert_eq!(read("http://another").unwrap_err().code, "token_missing", "it was given for one address");
        }
        let mode = |path: &str| home.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("tokens"), mode("tokens/s1")), (0o700, 0o600));
        tokens.forget("s1");
        tokens.forget("s1");
        assert_eq!(read("http://box").unwrap_err().code, "token_missing");
    }

    #[test]
    fn a_token_is_one_word_and_shows_nothing() {
        for text in ["", " ", "a b", "a\"b", "ä", "a\nb"] {
            assert_eq!(Token::new(text).unwrap_err().code, "token_invalid", "{text:?}");
        }
        assert_eq!(format!("{:?}", Token::new("secret").unwrap()), "Token");
    }
}
