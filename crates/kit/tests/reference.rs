//! `docs/reference/settings.md` is what the code says. `UPDATE_REFERENCE=1` writes it.

use std::path::Path;

const HEAD: &str = "# Settings

Read from a TOML file (`--config FILE`: `[section]` and `key`), over it the environment. `retrovue config show` prints what
holds and where each came from; `retrovue config check` lists every problem at once. An unknown key is an error that names
the nearest known one.

SIGHUP has a daemon read them again (`systemctl reload`, `docker kill -s HUP`, `kill -HUP`): some hold at once, others after a
restart, and the log names each that changed. Where one does not hold, all stay as they were. Core hands the signal on to the Air
that it started.

| key | environment | default | a change holds | meaning |
|---|---|---|---|---|
";

#[test]
fn the_reference_lists_every_setting() {
    let mut page = HEAD.to_owned();
    for [key, variable, default, changed, about] in retrovue_kit::settings::reference() {
        let default = match (key.as_str(), default.as_str()) {
            ("home", _) => "`$XDG_DATA_HOME/retrovue`; as a system service `/var/lib/retrovue`".to_owned(),
            ("air.socket", _) => "`$RETROVUE_HOME/run/air.sock`".to_owned(),
            ("air.spool", _) => "`$RETROVUE_HOME/spool`".to_owned(),
            (_, "") => String::new(),
            (_, default) => format!("`{default}`"),
        };
        page.push_str(&format!("| `{key}` | `{variable}` | {default} | {changed} | {about} |\n"));
    }
    page.push_str(
        "\nA variable is `RETROVUE_` + section + `__` + key in upper case, but for the short names above; the long form of \
         these works, too.\n",
    );
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/settings.md");
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), page, "run with UPDATE_REFERENCE=1 to write it");
}
