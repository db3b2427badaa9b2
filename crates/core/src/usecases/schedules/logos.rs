//! Channels' logos. A channel file names its logo beside itself, where Core may not be able to read: whoever sends the
//! file sends the logo's bytes with it. They are kept in the database, under a name made from their content, and laid out
//! in the home for Air to read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use retrovue_schedule::{Plan, Problem};
use retrovue_store::schedules::Channel;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::views::Finding;
use super::{AppliedFile, Desk};
use crate::failure::{Failure, Kind};

/// The largest logo: a well-saved one has a hundredth of it.
const MAX_BYTES: usize = 4 << 20;

/// The logo that a channel file names, as it was found where the file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentLogo {
    /// Its bytes, in base64.
    Content(String),
    /// Why it cannot be read.
    Unreadable(String),
}

/// The logo of a channel as it is applied.
pub(super) struct ChosenLogo {
    /// Its name among the kept ones.
    pub(super) name: String,
    /// Its bytes, where they were sent.
    content: Vec<u8>,
}

impl SentLogo {
    /// The logo that the channel file `text` names, if any. `folder` is where relative names start.
    pub fn beside(folder: &Path, text: &str) -> Option<Self> {
        let logo = Plan::read(text).0?.branding.logo?;
        Some(match read(&folder.join(logo.file)) {
            Ok(bytes) => Self::Content(BASE64.encode(bytes)),
            Err(why) => Self::Unreadable(why),
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => format!("there is no file {}", path.display()),
        _ => format!("{} cannot be read: {error}", path.display()),
    };
    // opening a FIFO would wait for ever
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(format!("{} is no file", path.display()));
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok(bytes)
}

/// The logo of `plan`, whose channel was `before`: the one that was sent, or else the one that is kept of the same
/// name.
pub(super) fn choose(
    plan: &Plan,
    sent: Option<&SentLogo>,
    before: Option<&Channel>,
) -> Result<Option<ChosenLogo>, Problem> {
    let Some(logo) = &plan.branding.logo else { return Ok(None) };
    let missing = |why: &str| {
        let message = format!("The logo `{}` is missing: {why}.", logo.file);
        Problem::error("missing_logo", logo.place, message).with_hint("Its path is relative to the channel file.")
    };
    let bad = |why: &str| {
        let message = format!("The logo `{}` {why}.", logo.file);
        Problem::error("bad_logo", logo.place, message).with_hint("Save it as a PNG with a transparent background.")
    };
    let kept = || {
        let before = before.filter(|before| {
            Plan::read(&before.text).0.and_then(|plan| plan.branding.logo).is_some_and(|old| old.file == logo.file)
        });
        let name = before.and_then(|before| before.logo.clone());
        name.map(|name| ChosenLogo { name, content: Vec::new() })
    };
    match sent {
        Some(SentLogo::Content(text)) => {
            let content = BASE64.decode(text).map_err(|_| bad("was not sent in base64"))?;
            if content.len() > MAX_BYTES {
                return Err(bad(&format!("is larger than {} MiB", MAX_BYTES >> 20)));
            }
            let extension = extension(&content).ok_or_else(|| bad("is no PNG, JPEG or WebP"))?;
            let name = format!("{}.{extension}", Uuid::new_v5(&Uuid::NAMESPACE_OID, &content));
            Ok(Some(ChosenLogo { name, content }))
        }
        Some(SentLogo::Unreadable(why)) => kept().map(Some).ok_or_else(|| missing(why)),
        None => kept().map(Some).ok_or_else(|| missing("it was not sent with the file")),
    }
}

/// What a picture is, by how it begins.
fn extension(content: &[u8]) -> Option<&'static str> {
    match content {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

/// The logos of all `plans`, by channel; what is wrong with one goes to `findings`.
pub(super) fn choose_all(
    plans: &[(&AppliedFile, Plan)],
    channels: &[Channel],
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, ChosenLogo> {
    let mut logos = BTreeMap::new();
    for (file, plan) in plans {
        let before = channels.iter().find(|channel| channel.slug == plan.channel);
        match choose(plan, file.logo.as_ref(), before) {
            Ok(logo) => logos.extend(logo.map(|logo| (plan.channel.clone(), logo))),
            Err(problem) => findings.push(Finding::of(&problem, &file.name)),
        }
    }
    logos
}

impl Desk {
    /// Where the logo called `name` lies.
    pub(super) fn logo_path(&self, name: &str) -> PathBuf {
        self.branding.join(name)
    }

    /// Keeps what was sent of `logos`, and forgets what none of `channels` has.
    pub(super) fn keep_logos<'a>(
        &self,
        logos: impl Iterator<Item = &'a ChosenLogo>,
        channels: &[Channel],
    ) -> Result<(), Failure> {
        let used: Vec<&str> = channels.iter().filter_map(|channel| channel.logo.as_deref()).collect();
        let sent: Vec<(&str, &[u8])> = logos
            .filter(|logo| !logo.content.is_empty())
            .map(|logo| (logo.name.as_str(), logo.content.as_slice()))
            .collect();
        self.store.keep_logos(&sent, &used)?;
        fs::create_dir_all(&self.branding).map_err(|error| self.not_kept(&error))?;
        for entry in fs::read_dir(&self.branding).map_err(|error| self.not_kept(&error))?.flatten() {
            if !entry.file_name().to_str().is_some_and(|name| used.contains(&name)) {
                fs::remove_file(entry.path()).map_err(|error| self.not_kept(&error))?;
            }
        }
        sent.iter().try_for_each(|(name, content)| self.lay_out(name, content))
    }

    /// Lays out the logos that a database brought along which was restored. One that lies there from before databases
    /// kept them is taken in. One that cannot be had is logged.
    pub(super) fn settle_logos(&self) -> Result<(), Failure> {
        let channels = self.store.channels()?;
        let used: Vec<&str> = channels.iter().filter_map(|channel| channel.logo.as_deref()).collect();
        for channel in &channels {
            let Some(name) = &channel.logo else { continue };
            if let Err(failure) = self.settle_logo(name, &used) {
                tracing::warn!(channel = channel.slug, logo = name, "a channel has no logo: {failure}");
            }
        }
        Ok(())
    }

    fn settle_logo(&self, name: &str, used: &[&str]) -> Result<(), Failure> {
        let path = self.logo_path(name);
        match self.store.logo(name)? {
            Some(_) if path.exists() => Ok(()),
            Some(content) => self.lay_out(name, &content),
            None => {
                let content = fs::read(&path).map_err(|error| {
                    let message = format!("{} cannot be read: {error}", path.display());
                    Failure::new(Kind::Failed, "logo_missing", message).hint("apply its channel file again")
                })?;
                Ok(self.store.keep_logos(&[(name, &content)], used)?)
            }
        }
    }

    fn lay_out(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let path = self.logo_path(name);
        // under another name first: whoever sees the final one sees a whole file
        let unfinished = path.with_extension("part");
        let laid_out = fs::create_dir_all(&self.branding)
            .and_then(|()| fs::write(&unfinished, content))
            .and_then(|()| fs::rename(&unfinished, &path));
        laid_out.map_err(|error| self.not_kept(&error))
    }

    fn not_kept(&self, error: &std::io::Error) -> Failure {
        let message = format!("a logo cannot be kept in {}: {error}", self.branding.display());
        Failure::new(Kind::Failed, "logo_not_kept", message).hint("see whether the disk is full or read-only")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "channel: c\nbranding: { logo: assets/c.png }\npools: { p: { match: {} } }\n\
                        schedule: { all: [{ at: 06:00, play: p }] }\n";

    fn chosen(sent: Option<&SentLogo>) -> Result<String, (&'static str, u32, u32, String)> {
        let plan = Plan::read(FILE).0.unwrap();
        let told = |problem: Problem| (problem.code, problem.line, problem.column, problem.message);
        choose(&plan, sent, None).map(|logo| logo.unwrap().name).map_err(told)
    }

    #[test]
    fn a_logo_is_read_beside_its_file_and_named_by_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let sent = || SentLogo::beside(folder.path(), FILE).unwrap();
        let (code, line, column, message) = chosen(Some(&sent())).unwrap_err();
        assert_eq!((code, line, column), ("missing_logo", 2, 19));
        assert!(message.contains("there is no file"), "{message}");

        fs::create_dir(folder.path().join("assets")).unwrap();
        let path = folder.path().join("assets/c.png");
        fs::write(&path, b"\x89PNG\r\n\x1a\n one").unwrap();
        let one = chosen(Some(&sent())).unwrap();
        assert_eq!(one, chosen(Some(&sent())).unwrap());
        assert!(one.ends_with(".png"));
        fs::write(&path, b"\x89PNG\r\n\x1a\n other").unwrap();
        assert_ne!(one, chosen(Some(&sent())).unwrap());

        fs::write(&path, "GIF89a").unwrap();
        assert_eq!(chosen(Some(&sent())).unwrap_err().0, "bad_logo");
        fs::write(&path, vec![0xff; MAX_BYTES + 1]).unwrap();
        assert!(chosen(Some(&sent())).unwrap_err().3.contains("larger than 4 MiB"));
        assert_eq!(chosen(None).unwrap_err().0, "missing_logo");
        assert_eq!(SentLogo::beside(folder.path(), "channel: c"), None);
    }
}
