import reflex as rx

config = rx.Config(app_name="ten_lines", show_built_with_reflex=False)
