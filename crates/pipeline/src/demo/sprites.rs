//! Small pixel pictures that travel through the programmes.

use super::canvas::{Canvas, Ink};

/// Rows of letters; each letter is a colour, a dot is none.
pub(super) type Sprite = &'static [&'static str];

pub(super) const BOAT: Sprite = &[
    ".......w........",
    ".......ww.......",
    "......wwww......",
    "......wwwrr.....",
    ".....wwwwrrr....",
    ".....wwwwrrrr...",
    "....wwwwwrrrrr..",
    "....wwwwwrrrrrr.",
    ".......n........",
    "nnnnnnnnnnnnnnnn",
    ".nyyynyyynyyynn.",
    "..nnnnnnnnnnnn..",
];

pub(super) const ROCKET: Sprite = &[
    "..........rr....",
    ".........rrrr...",
    "..rr....wwwwrr..",
    "..rrr..wwwwwwrr.",
    "oorrrwwwwbbwwwrr",
    "yyoonwwwwbbwwwrr",
    "oorrrwwwwbbwwwrr",
    "..rrr..wwwwwwrr.",
    "..rr....wwwwrr..",
    ".........rrrr...",
    "..........rr....",
];

pub(super) const ROBOT: Sprite = &[
    ".......r........",
    ".......n........",
    "....ggggggg.....",
    "....gyygyyg.....",
    "....gyygyyg.....",
    "....ggggggg.....",
    "....gnnnnng.....",
    "......ggg.......",
    "..rggggggggr....",
    "..r.gbgogbg.r...",
    "..r.ggggggg.r...",
    "..o.gwwwwwg.o...",
    "....ggggggg.....",
    "....rr...rr.....",
    "...rrr...rrr....",
];

pub(super) const TRAM: Sprite = &[
    ".........nn.........",
    "........n..n........",
    ".........nn.........",
    "..pppppppppppppppp..",
    ".pppppppppppppppppp.",
    ".pyyypyyypyyypyyypp.",
    ".pyyypyyypyyypyyypp.",
    ".pyyypyyypyyypyyypp.",
    ".pppppppppppppppppp.",
    ".wwwwwwwwwwwwwwwwww.",
    ".pppppppppppppppppp.",
    "yppppppppppppppppppy",
    "..nnn.nn....nn.nnn..",
    "...n...n....n...n...",
];

pub(super) const MOTH_UP: Sprite = &[
    "..ww.......ww...",
    ".wwww.n.n.wwww..",
    ".wwwww.n.wwwww..",
    ".wwnwwwnwwwnww..",
    "..wwwwwnwwwww...",
    "...wwwwnwwww....",
    "....www.www.....",
    "...ww.n..ww.....",
];

pub(super) const MOTH_DOWN: Sprite = &[
    "......n.n.......",
    ".......n........",
    "...wwwwnwwww....",
    "..wwwwwnwwwww...",
    ".wwnwwwnwwwnww..",
    ".wwwww.n.wwwww..",
    "..www..n..www...",
    "......n.........",
];

pub(super) const TEAPOT: Sprite = &[
    "......oo........",
    ".....rrrr.......",
    "...rrrrrrrr.....",
    "r.rrrrrrrrrrnn..",
    "rrrwwrrrrrrr..n.",
    ".rrwrrrrrrrr..n.",
    "..rrrrrrrrrrnn..",
    "...rrrrrrrr.....",
    "...rrrrrrrr.....",
    "..oooooooooo....",
];

pub(super) const JAR: Sprite = &[
    "...oooooooo.....",
    "...oooooooo.....",
    "..wwwwwwwwww....",
    ".wwyyyyyyyyww...",
    ".wyyyyyyyyyyw...",
    ".wnnnnnnnnnnw...",
    ".wnwrwnwrwnnw...",
    ".wnnnnnnnnnnw...",
    ".wyyyyyyyyyyw...",
    ".wwyyyyyyyyww...",
    "..wwwwwwwwww....",
];

pub(super) const SET: Sprite = &[
    "....n.....n.....",
    ".....n...n......",
    "......n.n.......",
    ".oooooooooooooo.",
    ".obbbbbbbbbbooo.",
    ".obwbbbbbbbbono.",
    ".obbwbbbbbbbooo.",
    ".obbbbbbbbbbono.",
    ".obbbbbbbbbbooo.",
    ".obbbbbbbbbbooo.",
    ".oooooooooooooo.",
    "...nn......nn...",
];

pub(super) const HAT: Sprite = &[
    "................",
    ".....bbbbbb.....",
    ".....bbbbbb.....",
    ".....bwbbbb.....",
    ".....bwbbbb.....",
    ".....bbbbbb.....",
    ".....rrrrrr.....",
    ".....rrrrrr.....",
    "..bbbbbbbbbbbb..",
    ".bbbbbbbbbbbbbb.",
];

/// Draws `sprite` with pixels of `scale`, its upper left corner at `(x, y)`.
pub(super) fn draw(canvas: &mut Canvas, sprite: Sprite, (x, y): (i32, i32), scale: i32) {
    for (down, row) in sprite.iter().enumerate() {
        for (across, letter) in row.bytes().enumerate() {
            if let Some(ink) = ink(letter) {
                canvas.rect(x + across as i32 * scale, y + down as i32 * scale, scale, scale, ink);
            }
        }
    }
}

fn ink(letter: u8) -> Option<Ink> {
    Some(Ink::rgb(match letter {
        b'w' => 0xf4efe2,
        b'r' => 0xd8432f,
        b'n' => 0x2a2433,
        b'y' => 0xffd75e,
        b'o' => 0xf08a36,
        b'b' => 0x5aa9e6,
        b'g' => 0x8fb8a8,
        b'p' => 0x7b4bb0,
        _ => return None,
    }))
}
