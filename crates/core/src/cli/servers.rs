//! Media servers among the sources: their options, and how they are shown.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::output::{list, text};
use super::table::{cut, on_one_line, table, whole};
use crate::failure::{Failure, Kind};

/// No token is longer.
const MOST: u64 = 64 * 1024;

/// Files that are told to people where they are not at hand; scripts get more.
const UNMAPPED_SHOWN: usize = 10;

/// Options of media servers.
#[derive(clap::Args, Default)]
pub struct ServerOptions {
    /// Where the server is: http://192.168.0.10:8096
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The file that holds the server's API key or token; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A path as the server has it, and the same one here; in place of the one of the same path before.
    #[arg(long = "map", value_name = "SERVER=LOCAL")]
    maps: Vec<String>,
    /// What a library's files are for, where its name does not say it.
    #[arg(long = "library-kind", value_name = "LIBRARY=KIND")]
    library_kinds: Vec<String>,
}

impl ServerOptions {
    /// The fields of a request to which they lead; what is not given is not there.
    ///
    /// # Errors
    /// `usage`, `file_not_found`, `file_unreadable`
    pub fn fields(self) -> Result<Value, Failure> {
        let mut fields = json!({});
        if let Some(url) = self.url {
            fields["url"] = url.into();
        }
        if let Some(file) = self.token_file {
            fields["token"] = token(&file)?.into();
        }
        if !self.maps.is_empty() {
            fields["maps"] = self.maps.iter().map(|map| path_map(map)).collect::<Result<_, _>>()?;
        }
        if !self.library_kinds.is_empty() {
            let kinds = self.library_kinds.iter().map(|kind| {
                let (library, kind) = kind.rsplit_once('=').ok_or_else(|| usage(kind, "LIBRARY=KIND"))?;
                Ok((library.to_owned(), kind.to_owned()))
            });
            fields["library_kinds"] = json!(kinds.collect::<Result<BTreeMap<_, _>, Failure>>()?);
        }
        Ok(fields)
    }
}

/// Paths here begin with a slash; whatever else holds an equals sign is the server's.
fn path_map(map: &str) -> Result<Value, Failure> {
    let at = map.rfind("=/").ok_or_else(|| usage(map, "SERVER=LOCAL, both absolute"))?;
    Ok(json!({ "server": map[..at], "local": map[at + 1..] }))
}

fn usage(what: &str, form: &str) -> Failure {
    Failure::new(Kind::Usage, "usage", format!("{what:?} is not of the form {form}"))
}

fn token(file: &Path) -> Result<String, Failure> {
    let mut token = String::new();
    let read = match file.as_os_str() == "-" {
        true => std::io::stdin().lock().take(MOST).read_to_string(&mut token),
        false => File::open(file).and_then(|file| file.take(MOST).read_to_string(&mut token)),
    };
    read.map_err(|error| {
        let message = format!("the token cannot be read from {}: {error}", file.display());
        match error.kind() {
            std::io::ErrorKind::NotFound => Failure::not_found("file_not_found", message),
            _ => Failure::new(Kind::Failed, "file_unreadable", message),
        }
    })?;
    Ok(token)
}

/// What a server tells of itself, and what is still to be done.
pub fn server_text(source: &Value) -> String {
    let server = &source["server"];
    if server.is_null() {
        return String::new();
    }
    let rows = list(server, "libraries").iter().map(|library| {
        let folders = list(library, "folders").iter().map(|folder| match folder["local"].as_str() {
            Some(local) => format!("{} is {local}", text(folder, "server")),
            None => format!("{} is not mapped", text(folder, "server")),
        });
        let folders = folders.collect::<Vec<_>>().join("; ");
        [text(library, "name"), text(library, "kind"), library["items"].to_string(), folders]
    });
    let libraries = table([whole("LIBRARY"), whole("KIND"), whole("ITEMS"), cut("FOLDERS")], rows);
    let title = format!("{}, version {}", text(server, "name"), text(server, "version"));
    let mut lines = vec![on_one_line(&title), libraries];
    let unmapped = server["unmapped"].as_array().into_iter().flatten().filter_map(Value::as_str);
    lines.extend(unmapped.map(|folder| {
        let folder = on_one_line(folder);
        format!("Say where {folder} is here with --map '{folder}=/where/it/is'")
    }));
    lines.join("\n")
}

/// What is mapped to what.
pub fn maps_table(source: &Value) -> String {
    let maps = list(source, "maps").iter().map(|map| [text(map, "server"), text(map, "local")]);
    table([whole("ON THE SERVER"), whole("HERE")], maps)
}

/// Items whose files are not at hand, as lines below a sync's.
pub fn unmapped_lines(report: &Value) -> Vec<String> {
    let count = report["unmapped_count"].as_u64().unwrap_or_default();
    let shown = list(report, "unmapped").iter().take(UNMAPPED_SHOWN).map(|item| {
        let path = text(item, "server_path");
        match (text(item, "cause").as_str(), item["path"].as_str(), item["needs"].as_str()) {
            (_, _, Some(needs)) => format!("  {path} has no map: --map '{needs}=/where/it/is'"),
            ("no_file", Some(local), _) => format!("  {path} is a folder here, and not a file: {local}"),
            (_, local, _) => format!("  {path} is not there: {}", local.unwrap_or_default()),
        }
    });
    let mut lines: Vec<String> = shown.collect();
    if count > lines.len() as u64 {
        lines.push(format!("  and {} more files are not at hand", count - lines.len() as u64));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_split_where_the_local_path_begins() {
        let check = |map: &str, expected: Option<(&str, &str)>| {
            let expected = expected.map(|(server, local)| json!({"server": server, "local": local}));
            assert_eq!(path_map(map).ok(), expected, "{map}");
        };
        check("/data=/mnt", Some(("/data", "/mnt")));
        check(r"D:\Films=/mnt/films", Some((r"D:\Films", "/mnt/films")));
        check("/a=b=/mnt", Some(("/a=b", "/mnt")));
        check("/=/", Some(("/", "/")));
        check("/data=mnt", None);
        check("/data", None);
    }
}
