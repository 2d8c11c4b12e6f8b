"""Words for faces: what a description is searched for where no trained tagger is installed."""

from __future__ import annotations

import re

_NOUNS = """
    acne angle arch artefact artifact asymmetry balance bangs bead beard blemish blur bone bow bridge brow bump
    cartilage cheek cheekbone chin cleft color colour complexion contour contrast corner crease crinkle crow cupid
    curl curve depth dimple ear earlobe earring edge expression eye eyebrow eyelash eyelid face feature fold
    follicle forehead freckle fringe frown fullness furrow glare glasses goatee gradient grain grimace hair hairline
    hairstyle highlight hollow hue imperfection iris jaw jawline lash lid light lighting line lip lobe mark mole
    moustache mouth muscle mustache noise nose nostril outline oval pattern peak philtrum pigment pigmentation
    pimple pore position prominence proportion pupil redness reflection rim scar sclera scratch shade shadow shape
    sharpness shine sideburn skin smile smirk smoothness socket spot stain strand structure stubble symmetry temple
    tension texture tip tissue tone tooth undertone vein wave width wisp wrinkle
"""
NOUNS = frozenset(_NOUNS.split())
"""Nouns in the singular."""
_ADJECTIVES = """
    absent accurate aged alert almond-shaped angry angular aquiline arched artificial asymmetric asymmetrical
    attached balanced bald bare bearded black blemished blond blonde bloodshot blotchy blue blurred blurry bold bony
    bright broad brown bulbous bumpy bushy button calm chapped chiseled circular clean clean-shaven clear cleft
    close-set closed coarse compact concave consistent content convex cool creased crisp crooked cropped curly
    curved cylindrical dark deep deep-set defined delicate detached detailed diamond-shaped diffuse dimpled
    directional discreet distinct distorted doe-shaped double droopy dry dull elevated elongated engaging even
    expressive faint fair fine firm flared flat flushed flyaway focused folded frontal full furrowed fuzzy gaunt
    gentle glossy golden grainy gray green grey groomed hairy happy harsh hazel healthy heart-shaped heavy hidden
    high hollow hooded hooked horizontal individual intense inward irregular joyful juvenile large lateral lean left
    level light lined long loose low lower lush matte mature medium medium-sized mild minimal minor moderate modest
    monolid muscular muted narrow nasolabial natural neat neutral neutral-toned noisy noticeable oblong oily olive
    open original oval pale parallel parted partial patchy pensive perceptible periorbital pigmented pinched plain
    playful plump pointed polished porous pouting present prominent pronounced proportional proportionate protruding
    puffy radiant raised realistic receding rectangular red reddish refined regular relaxed rested restful right
    ripe robust rosy rough round rounded ruddy rugged sad sagging sallow scarred sculpted serene serious shadowed
    shallow sharp shiny short silky similar simplified sleek slender slight slim sloping small smiling smooth snub
    soft softened solid sparse spotted square squared squinting steep stern straight strong subdued subtle sunken
    surprised swollen symmetric symmetrical tan tanned tapered taut tense textured thick thin thinning tight tilted
    tiny tired toothy transparent triangular turned unblemished uneven uniform unlined unnatural unremarkable upper
    upturned upward v-shaped vague vertical vibrant visible warm wavy weak weathered wet white wide wide-set
    wispy worn wrinkled yellow yellowish young youthful
"""
ADJECTIVES = frozenset(_ADJECTIVES.split())
"""Adjectives in their plain form; -er and -est are found with them, and are listed as written."""
_IRREGULAR = {
    "teeth": "tooth",
    "eyelashes": "eyelash",
    "lashes": "lash",
    "blemishes": "blemish",
    "scratches": "scratch",
}


def noun(word: str) -> str:
    """The noun of the list that a word is a form of; empty where it is none.

    >>> noun("eyebrows"), noun("teeth"), noun("shirt")
    ('eyebrow', 'tooth', '')
    """
    for form in (word, _IRREGULAR.get(word, ""), word.removesuffix("s"), word.removesuffix("es")):
        if form in NOUNS:
            return form
    return ""


def adjective(word: str) -> bool:
    """Whether a word is one of the listed adjectives, or compares one.

    >>> adjective("sharper"), adjective("thinnest"), adjective("heavier"), adjective("under")
    (True, True, True, False)
    """
    if word in ADJECTIVES:
        return True
    stem = re.sub(r"(?:er|est)$", "", word)
    if stem == word or len(stem) < 3:
        return False
    forms = {stem, stem + "e", stem[:-1] if stem[-1] == stem[-2] else stem, re.sub(r"i$", "y", stem)}
    return bool(forms & ADJECTIVES)
