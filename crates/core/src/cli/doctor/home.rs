//! The home: whether it is there, whose it is, and whether there is room in it.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use retrovue_kit::Settings;
use rustix::fs::{Access, access, statvfs};

use super::Finding;

/// Less than this is soon full: the database's log, a backup, Air's spool.
const LEAST_FREE: u64 = 512 << 20;

pub(super) fn check(settings: &Settings) -> Vec<Finding> {
    let home = &settings.home;
    match home.metadata() {
        Ok(metadata) => [permissions(home, &metadata), room(home)].into_iter().flatten().collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let message = format!("the home {} is not there yet", home.display());
            vec![Finding::warning("home_missing", message, "Core makes it when it starts; RETROVUE_HOME names it")]
        }
        Err(error) => {
            let message = format!("the home {} cannot be looked at: {error}", home.display());
            vec![Finding::error("home_unusable", message, "run this as the user that Core runs as")]
        }
    }
}

fn permissions(home: &Path, metadata: &Metadata) -> Option<Finding> {
    let shown = home.display();
    let finding = if !metadata.is_dir() {
        Finding::error("home_unusable", format!("the home {shown} is no folder"), "set RETROVUE_HOME to a folder")
    } else if metadata.permissions().mode() & 0o002 != 0 {
        let message = format!("everybody may write into the home {shown}, and so replace the database");
        Finding::error("home_open_to_all", message, format!("chmod o-w {shown}"))
    } else if access(home, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        let message = format!("this user may not write into the home {shown}");
        Finding::warning("home_not_writable", message, "run this as the user that Core runs as")
    } else {
        return None;
    };
    Some(finding.in_file(home))
}

fn room(home: &Path) -> Option<Finding> {
    let disk = statvfs(home).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let message = format!("{} MiB are free where {} lies", free >> 20, home.display());
    let hint = "make room: without any, nothing new is planned or recorded";
    (free < LEAST_FREE).then(|| Finding::warning("disk_nearly_full", message, hint).in_file(home))
}

#[cfg(test)]
mod tests {
    use retrovue_kit::settings;

    use super::*;

    fn codes(home: &Path) -> Vec<&'static str> {
        let environment = vec![("RETROVUE_HOME".to_owned(), home.display().to_string())];
        let found = check(&settings::load(None, environment).unwrap().settings);
        found.into_iter().map(|finding| finding.code).filter(|code| *code != "disk_nearly_full").collect()
    }

    #[test]
    fn a_home_is_a_folder_that_not_everybody_may_change() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(codes(home.path()), [""; 0]);
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(codes(home.path()), ["home_open_to_all"]);
        assert_eq!(codes(&home.path().join("away")), ["home_missing"]);
        let file = home.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(codes(&file), ["home_unusable"]);
    }
}
