import lightgbm
import numpy as np
import pytest

from pilothouse.guards.boostertext import check_booster


def trained(objective="binary", classes=2, categories=True):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 3))
    x[:, 2] = rng.integers(0, 40, 600)
    y = (x[:, 0] + (x[:, 2] % 3) + rng.normal(size=600) > 1).astype(int) + (classes > 2) * (x[:, 1] > 1)
    settings = {"objective": objective, "verbosity": -1, "num_threads": 1, "min_data_per_group": 5}
    if classes > 2:
        settings["num_class"] = classes
    packed = lightgbm.Dataset(x, y, categorical_feature=[2] if categories else [])
    return lightgbm.train(settings, packed, 5).model_to_string()


@pytest.mark.parametrize(
    "text", [trained(), trained("regression"), trained("multiclass", 3), trained(categories=False)]
)
def test_what_lightgbm_writes_is_sound(text):
    check_booster(text)


def change(text, name, put):
    """Change one entry of one field of the second tree, keeping its length."""
    start = text.index("Tree=1\n")
    at = text.index(f"\n{name}=", start) + len(name) + 2
    end = text.index("\n", at)
    entries = text[at:end].split(" ")
    entries[1] = put.rjust(len(entries[1]), "0") if put[0] != "-" else put
    made = " ".join(entries)
    return text[:at] + made.ljust(end - at)[: max(end - at, len(made))] + text[end:]


@pytest.mark.parametrize(
    ("name", "put"),
    [
        ("left_child", "0"),  # points back: LightGBM would walk for ever
        ("right_child", "9"),
        ("left_child", "-9"),
        ("split_feature", "7"),
        ("split_feature", "x"),
    ],
)
def test_tree_that_cannot_be_walked_is_found(name, put):
    text = change(trained(), name, put if name != "right_child" else "99")
    with pytest.raises(ValueError):
        check_booster(text)


def test_text_cut_anywhere_is_found():
    text = trained()
    whole = text.index("end of trees")
    for at in np.linspace(0, whole, 60).astype(int):
        with pytest.raises((ValueError, KeyError)):
            check_booster(text[:at])


def test_sizes_that_lie_are_found():
    text = trained()
    first = text.split("tree_sizes=")[1].split(" ")[0]
    with pytest.raises(ValueError):
        check_booster(text.replace(f"tree_sizes={first}", f"tree_sizes={int(first) + 7}"))


def test_fewer_leaves_than_said_are_found():
    text = trained()
    start = text.index("leaf_value=")
    cut = text.index(" ", start)
    with pytest.raises(ValueError):
        check_booster(text[:cut] + "_" + text[cut + 1 :])


def test_linear_trees_are_not_read():
    with pytest.raises(ValueError):
        check_booster(trained().replace("is_linear=0", "is_linear=1"))
