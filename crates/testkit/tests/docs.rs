//! Links in the documentation lead somewhere.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground gives way")]

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn markdown(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() && name != "target" && name != "node_modules" && !name.to_string_lossy().starts_with('.') {
            markdown(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// `](target)` outside code blocks.
fn links(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.map(ToOwned::to_owned).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut files = Vec::new();
    markdown(&root(), &mut files);
    assert!(files.len() > 10, "only {files:?}");
    let mut dead = Vec::new();
    for file in &files {
        for link in links(&std::fs::read_to_string(file).unwrap()) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            if !file.parent().unwrap().join(target).exists() {
                dead.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

#[test]
fn the_index_names_every_page() {
    let docs = root().join("docs");
    let index = std::fs::read_to_string(docs.join("README.md")).unwrap();
    let mut files = Vec::new();
    markdown(&docs, &mut files);
    for file in files.iter().filter(|file| !file.ends_with("README.md")) {
        let name = file.strip_prefix(&docs).unwrap().to_string_lossy().into_owned();
        assert!(index.contains(&name), "docs/README.md does not name {name}");
    }
}
