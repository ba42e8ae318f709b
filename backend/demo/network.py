"""The demo's brand, its 6 regions, 12 dealer groups and 120 stores."""

import random
from datetime import date
from uuid import UUID

from backend.core import clock
from backend.core.db import db
from backend.core.ids import named_id
from backend.network.models import Brand, Group, Region, Store, StoreMembership

BRAND = named_id("demo", "brand")
OPENED_ON = date(2021, 1, 1)

# Region -> code and ten cities with their approximate positions (degrees, WGS-84); two stores each.
REGIONS: dict[str, tuple[str, tuple[tuple[str, float, float], ...]]] = {
    "华东大区": ("HD", (("上海", 31.23, 121.47), ("杭州", 30.27, 120.15), ("南京", 32.06, 118.79),
                      ("苏州", 31.30, 120.58), ("宁波", 29.87, 121.54), ("无锡", 31.49, 120.31),
                      ("合肥", 31.82, 117.23), ("温州", 28.00, 120.67), ("常州", 31.78, 119.95),
                      ("南通", 31.98, 120.89))),
    "华南大区": ("HN", (("广州", 23.13, 113.26), ("深圳", 22.54, 114.06), ("佛山", 23.02, 113.12),
                       ("东莞", 23.02, 113.75), ("南宁", 22.82, 108.37), ("厦门", 24.48, 118.09),
                       ("福州", 26.07, 119.30), ("泉州", 24.87, 118.68), ("海口", 20.04, 110.32),
                       ("珠海", 22.27, 113.58))),
    "华北大区": ("HB", (("北京", 39.90, 116.41), ("天津", 39.08, 117.20), ("石家庄", 38.04, 114.51),
                       ("太原", 37.87, 112.55), ("济南", 36.65, 117.12), ("青岛", 36.07, 120.38),
                       ("保定", 38.87, 115.46), ("唐山", 39.63, 118.18), ("烟台", 37.46, 121.45),
                       ("潍坊", 36.71, 119.16))),
    "华中大区": ("HZ", (("武汉", 30.59, 114.31), ("长沙", 28.23, 112.94), ("郑州", 34.75, 113.63),
                         ("南昌", 28.68, 115.86), ("洛阳", 34.62, 112.45), ("襄阳", 32.01, 112.12),
                         ("株洲", 27.83, 113.13), ("宜昌", 30.69, 111.29), ("九江", 29.71, 116.00),
                         ("新乡", 35.30, 113.93))),
    "西南大区": ("XN", (("成都", 30.57, 104.07), ("重庆", 29.56, 106.55), ("昆明", 25.04, 102.71),
                           ("贵阳", 26.65, 106.63), ("绵阳", 31.47, 104.68), ("遵义", 27.73, 106.93),
                           ("曲靖", 25.49, 103.80), ("宜宾", 28.75, 104.64), ("万州", 30.81, 108.41),
                           ("大理", 25.61, 100.27))),
    "西北大区": ("XB", (("西安", 34.34, 108.94), ("兰州", 36.06, 103.83), ("乌鲁木齐", 43.83, 87.62),
                           ("银川", 38.49, 106.23), ("西宁", 36.62, 101.78), ("咸阳", 34.33, 108.71),
                           ("宝鸡", 34.36, 107.24), ("天水", 34.58, 105.72), ("榆林", 38.29, 109.73),
                           ("延安", 36.59, 109.49))),
}  # fmt: skip
GROUPS = ("远山", "晴川", "云帆", "长桥", "松涛", "明湖", "海角", "青禾", "白鹭", "金麦", "北斗", "南屏")
STORES_A_CITY = ("一店", "二店")


def build() -> list[Store]:
    """Writes the network and returns its stores in the order of their codes."""
    db.session.add(Brand(id=BRAND, code="DEMO", name="明察演示品牌"))
    db.session.flush()
    db.session.add_all(
        Group(id=group_id(number), brand_id=BRAND, code=f"G{number + 1:02}", name=f"{name}汽车集团")
        for number, name in enumerate(GROUPS)
    )
    db.session.add_all(
        Region(id=region_id(code), brand_id=BRAND, code=code, name=name) for name, (code, _) in REGIONS.items()
    )
    db.session.flush()
    stores = [store for code, cities in REGIONS.values() for store in _stores(code, cities)]
    db.session.add_all(stores)
    db.session.flush()
    db.session.add_all(_membership(number, store) for number, store in enumerate(stores))
    return stores


def region_id(code: str) -> UUID:
    return named_id("demo", "region", code)


def group_id(number: int) -> UUID:
    return named_id("demo", "group", number)


def _stores(region: str, cities: tuple[tuple[str, float, float], ...]) -> list[Store]:
    made = []
    for number, (city, lat, lon) in enumerate(cities):
        for place, suffix in enumerate(STORES_A_CITY):
            code = f"{region}{number * len(STORES_A_CITY) + place + 1:03}"
            near = random.Random(code)  # noqa: S311 - a demo's scatter, not a secret.
            made.append(
                Store(
                    id=named_id("demo", "store", code), brand_id=BRAND, code=code, name=f"{city}{suffix}", city=city,
                    address=f"{city}市示范大道 {near.randint(1, 999)} 号", lat=round(lat + near.uniform(-0.05, 0.05), 5),
                    lon=round(lon + near.uniform(-0.05, 0.05), 5), datum="WGS-84", opened_on=OPENED_ON,
                    staff_informed_on=date(2022, 6, 1), staff_informed_by="演示", updated_at=clock.now(),
                )
            )  # fmt: skip
    return made


def _membership(number: int, store: Store) -> StoreMembership:
    region = list(REGIONS.values())[number // 20][0]
    return StoreMembership(
        id=named_id("demo", "membership", store.code), store_id=store.id, region_id=region_id(region),
        group_id=group_id(number * 7 % len(GROUPS)), starts_on=OPENED_ON,
    )  # fmt: skip
