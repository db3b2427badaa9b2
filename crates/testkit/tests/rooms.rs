//! The rooms of ARCHITECTURE.md: what each crate must not know, over everything it depends on.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand, PackageId};

/// Crates, and what none of them may reach by way of normal and build dependencies.
const FORBIDDEN: [(&[&str], &[&str]); 6] = [
    (&["retrovue-timeline", "retrovue-schedule", "retrovue-mpegts"], &["tokio", "diesel", "tonic", "gstreamer"]),
    (&["retrovue-core", "retrovue-store"], &["gstreamer"]),
    (&["retrovue-air", "retrovue-pipeline"], &["diesel", "retrovue-schedule", "retrovue-store"]),
    (&["retrovue-pipeline"], &["tokio", "tonic"]),
    (&["retrovue-kit", "retrovue-proto"], &["diesel", "gstreamer", "retrovue-schedule"]),
    // Users' binaries carry nothing that is for tests.
    (&["retrovue-core", "retrovue-air", "retrovue-pipeline", "retrovue-store"], &["retrovue-testkit"]),
];

#[test]
fn rooms_do_not_know_what_they_must_not() {
    let metadata = MetadataCommand::new().other_options(vec!["--locked".to_owned()]).exec().unwrap();
    let names: BTreeMap<&PackageId, &str> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let edges: BTreeMap<&PackageId, Vec<&PackageId>> = metadata
        .resolve
        .as_ref()
        .unwrap()
        .nodes
        .iter()
        .map(|node| {
            let used = |kind: &DependencyKind| *kind != DependencyKind::Development;
            let reached = node.deps.iter().filter(|edge| edge.dep_kinds.iter().any(|kind| used(&kind.kind)));
            (&node.id, reached.map(|edge| &edge.pkg).collect())
        })
        .collect();

    let mut broken = Vec::new();
    for (rooms, forbidden) in FORBIDDEN {
        for room in rooms {
            let start = names.iter().find(|(_, name)| *name == room).map(|(id, _)| *id);
            let start = start.unwrap_or_else(|| panic!("there is no crate {room}"));
            let mut seen = BTreeSet::from([start]);
            let mut next = vec![start];
            while let Some(id) = next.pop() {
                next.extend(edges[id].iter().filter(|id| seen.insert(**id)));
            }
            let known: BTreeSet<&str> = seen.iter().map(|id| names[*id]).collect();
            broken
                .extend(forbidden.iter().filter(|word| known.contains(**word)).map(|word| format!("{room} → {word}")));
        }
    }
    assert!(broken.is_empty(), "forbidden dependencies: {broken:?}");
}

#[test]
fn only_the_store_depends_on_diesel() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let users = metadata.packages.iter().filter(|package| package.dependencies.iter().any(|on| on.name == "diesel"));
    assert_eq!(users.map(|package| package.name.as_str()).collect::<Vec<_>>(), ["retrovue-store"]);
}
