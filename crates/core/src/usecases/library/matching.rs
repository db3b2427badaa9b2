//! The expression of `asset list --match`: `kind=programme,series=Cheers,year=1982..1984`.

use std::str::FromStr;

use retrovue_store::library::{AssetFilter, AssetState};

use crate::failure::{Failure, Kind};

const FIELDS: &str = "kind, type, series, title, state, year";

/// Narrows `filter` by an expression: `field=value`, separated by commas, all of which must hold.
///
/// # Errors
/// `match_invalid`, naming the part that is wrong.
pub(super) fn narrow(filter: &mut AssetFilter, expression: &str) -> Result<(), Failure> {
    for part in expression.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (field, value) = part.split_once('=').ok_or_else(|| invalid(format!("{part:?} is not field=value")))?;
        let (field, value) = (field.trim(), value.trim());
        match field {
            "kind" => filter.kind = Some(word(field, value)?),
            "type" => filter.media_type = Some(word(field, value)?),
            "state" => filter.state = Some(state(value)?),
            "series" => filter.series = Some(value.to_owned()),
            "title" => filter.title = Some(value.to_owned()),
            "year" => filter.years = Some(years(value)?),
            _ => return Err(invalid(format!("{field:?} is no field that assets are matched by"))),
        }
    }
    Ok(())
}

/// The state of that name.
///
/// # Errors
/// `match_invalid`
pub(super) fn state(value: &str) -> Result<AssetState, Failure> {
    word("state", value)
}

fn word<T: FromStr>(field: &str, value: &str) -> Result<T, Failure> {
    value.parse().map_err(|_| invalid(format!("{value:?} is no {field} of an asset")))
}

/// `1984` or `1980..1989`.
fn years(value: &str) -> Result<(u32, u32), Failure> {
    let year = |text: &str| text.trim().parse::<u32>().map_err(|_| invalid(format!("{value:?} is no year")));
    match value.split_once("..") {
        Some((first, last)) => Ok((year(first)?, year(last)?)),
        None => year(value).map(|year| (year, year)),
    }
}

fn invalid(message: String) -> Failure {
    Failure::new(Kind::Usage, "match_invalid", message)
        .hint(format!("write field=value, separated by commas; fields are {FIELDS}; a year may be 1980..1989"))
}

#[cfg(test)]
mod tests {
    use retrovue_schedule::{Kind as AssetKind, MediaType};

    use super::*;

    fn parse(expression: &str) -> Result<AssetFilter, String> {
        let mut filter = AssetFilter::default();
        narrow(&mut filter, expression).map(|()| filter).map_err(|failure| failure.message)
    }

    #[test]
    fn expressions_narrow() {
        let all = AssetFilter::default;
        assert_eq!(parse(""), Ok(all()));
        assert_eq!(parse("year=1984"), Ok(AssetFilter { years: Some((1984, 1984)), ..all() }));
        assert_eq!(
            parse("kind=station_id, type=movie,year=1980..1989"),
            Ok(AssetFilter {
                kind: Some(AssetKind::StationId),
                media_type: Some(MediaType::Movie),
                years: Some((1980, 1989)),
                ..all()
            })
        );
        assert_eq!(
            parse("series=The A-Team,state=ready"),
            Ok(AssetFilter { series: Some("The A-Team".to_owned()), state: Some(AssetState::Ready), ..all() })
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let check = |expression: &str, message: &str| assert_eq!(parse(expression), Err(message.to_owned()));
        check("colour=red", r#""colour" is no field that assets are matched by"#);
        check("cheers", r#""cheers" is not field=value"#);
        check("kind=films", r#""films" is no kind of an asset"#);
        check("year=198x", r#""198x" is no year"#);
    }
}
