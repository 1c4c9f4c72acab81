"""The names of CSS, as Reflex takes them for lines of style on any component: `margin_top="1em"`."""

from __future__ import annotations

import re

# What a browser knows, and Reflex's own short forms. Not `content`, `size` and the geometry of SVG's shapes: none of them does
# anything to the elements of these components, and who writes them means something else.
_NAMES = """
    accent_color align_content align_items align_self align_tracks alignment_baseline all anchor_name anchor_scope
    animation animation_composition animation_delay animation_direction animation_duration animation_fill_mode
    animation_iteration_count animation_name animation_play_state animation_range animation_range_end
    animation_range_start animation_timeline animation_timing_function animation_trigger appearance aspect_ratio
    backdrop_filter backface_visibility background background_attachment background_blend_mode background_clip
    background_color background_image background_origin background_position background_position_x background_position_y
    background_repeat background_size baseline_shift baseline_source bg bg_color block_size border border_block
    border_block_color border_block_end border_block_end_color border_block_end_style border_block_end_width
    border_block_start border_block_start_color border_block_start_style border_block_start_width border_block_style
    border_block_width border_bottom border_bottom_color border_bottom_left_radius border_bottom_right_radius
    border_bottom_style border_bottom_width border_collapse border_color border_end_end_radius border_end_start_radius
    border_image border_image_outset border_image_repeat border_image_slice border_image_source border_image_width
    border_inline border_inline_color border_inline_end border_inline_end_color border_inline_end_style
    border_inline_end_width border_inline_start border_inline_start_color border_inline_start_style
    border_inline_start_width border_inline_style border_inline_width border_left border_left_color border_left_style
    border_left_width border_radius border_right border_right_color border_right_style border_right_width border_shape
    border_spacing border_start_end_radius border_start_start_radius border_style border_top border_top_color
    border_top_left_radius border_top_right_radius border_top_style border_top_width border_width bottom
    box_decoration_break box_shadow box_sizing break_after break_before break_inside buffered_rendering caption_side caret
    caret_animation caret_color caret_shape clear clip clip_path clip_rule color color_adjust color_interpolation
    color_interpolation_filters color_rendering color_scheme column_count column_fill column_gap column_height column_rule
    column_rule_break column_rule_color column_rule_inset column_rule_inset_cap column_rule_inset_cap_end
    column_rule_inset_cap_start column_rule_inset_end column_rule_inset_junction column_rule_inset_junction_end
    column_rule_inset_junction_start column_rule_inset_start column_rule_style column_rule_visibility_items
    column_rule_width column_span column_width column_wrap columns contain contain_intrinsic_block_size
    contain_intrinsic_height contain_intrinsic_inline_size contain_intrinsic_size contain_intrinsic_width container
    container_name container_type content_visibility corner_block_end_shape corner_block_start_shape
    corner_bottom_left_shape corner_bottom_right_shape corner_bottom_shape corner_end_end_shape corner_end_start_shape
    corner_inline_end_shape corner_inline_start_shape corner_left_shape corner_right_shape corner_shape
    corner_start_end_shape corner_start_start_shape corner_top_left_shape corner_top_right_shape corner_top_shape
    counter_increment counter_reset counter_set cursor direction display dominant_baseline dynamic_range_limit empty_cells
    field_sizing fill fill_opacity fill_rule filter flex flex_basis flex_direction flex_flow flex_grow flex_line_count
    flex_shrink flex_wrap float flood_color flood_opacity font font_family font_feature_settings font_kerning
    font_language_override font_optical_sizing font_palette font_size font_size_adjust font_smooth font_stretch font_style
    font_synthesis font_synthesis_position font_synthesis_small_caps font_synthesis_style font_synthesis_weight
    font_variant font_variant_alternates font_variant_caps font_variant_east_asian font_variant_emoji
    font_variant_ligatures font_variant_numeric font_variant_position font_variation_settings font_weight font_width
    forced_color_adjust frame_sizing gap glyph_orientation_vertical grid grid_area grid_auto_columns grid_auto_flow
    grid_auto_rows grid_column grid_column_end grid_column_gap grid_column_start grid_gap grid_row grid_row_end
    grid_row_gap grid_row_start grid_template grid_template_areas grid_template_columns grid_template_rows
    hanging_punctuation height hyphenate_character hyphenate_limit_chars hyphens image_orientation image_rendering
    image_resolution initial_letter initial_letter_align inline_size inset inset_block inset_block_end inset_block_start
    inset_inline inset_inline_end inset_inline_start interactivity interest_delay interest_delay_end interest_delay_start
    interpolate_size isolation justify_content justify_items justify_self justify_tracks left letter_spacing
    lighting_color line_break line_clamp line_height line_height_step list_style list_style_image list_style_position
    list_style_type margin margin_block margin_block_end margin_block_start margin_bottom margin_inline margin_inline_end
    margin_inline_start margin_left margin_right margin_top margin_trim margin_x margin_y marker marker_end marker_mid
    marker_start mask mask_border mask_border_mode mask_border_outset mask_border_repeat mask_border_slice
    mask_border_source mask_border_width mask_clip mask_composite mask_image mask_mode mask_origin mask_position
    mask_repeat mask_size mask_type masonry_auto_flow math_depth math_shift math_style max_block_size max_height
    max_inline_size max_lines max_width min_block_size min_height min_inline_size min_width mix_blend_mode motion_distance
    motion_path motion_rotation object_fit object_position object_view_box offset offset_anchor offset_distance
    offset_path offset_position offset_rotate offset_rotation opacity order orphans outline outline_color outline_offset
    outline_style outline_width overflow overflow_anchor overflow_block overflow_clip_box overflow_clip_margin
    overflow_inline overflow_wrap overflow_x overflow_y overlay overscroll_behavior overscroll_behavior_block
    overscroll_behavior_inline overscroll_behavior_x overscroll_behavior_y padding padding_block padding_block_end
    padding_block_start padding_bottom padding_inline padding_inline_end padding_inline_start padding_left padding_right
    padding_top padding_x padding_y page page_break_after page_break_before page_break_inside page_orientation paint_order
    perspective perspective_origin place_content place_items place_self pointer_events position position_anchor
    position_area position_try position_try_fallbacks position_try_order position_visibility print_color_adjust quotes
    reading_flow reading_order resize right rotate row_gap row_rule row_rule_break row_rule_color row_rule_inset
    row_rule_inset_cap row_rule_inset_cap_end row_rule_inset_cap_start row_rule_inset_end row_rule_inset_junction
    row_rule_inset_junction_end row_rule_inset_junction_start row_rule_inset_start row_rule_style
    row_rule_visibility_items row_rule_width ruby_align ruby_merge ruby_overhang ruby_position rule_break rule_color
    rule_inset rule_inset_cap rule_inset_end rule_inset_junction rule_inset_start rule_overlap rule_style
    rule_visibility_items rule_width scale scroll_axis_lock scroll_behavior scroll_initial_target scroll_margin
    scroll_margin_block scroll_margin_block_end scroll_margin_block_start scroll_margin_bottom scroll_margin_inline
    scroll_margin_inline_end scroll_margin_inline_start scroll_margin_left scroll_margin_right scroll_margin_top
    scroll_marker_group scroll_padding scroll_padding_block scroll_padding_block_end scroll_padding_block_start
    scroll_padding_bottom scroll_padding_inline scroll_padding_inline_end scroll_padding_inline_start scroll_padding_left
    scroll_padding_right scroll_padding_top scroll_snap_align scroll_snap_margin scroll_snap_margin_bottom
    scroll_snap_margin_left scroll_snap_margin_right scroll_snap_margin_top scroll_snap_stop scroll_snap_type
    scroll_target_group scroll_timeline scroll_timeline_axis scroll_timeline_name scrollbar_color scrollbar_gutter
    scrollbar_width shape_image_threshold shape_margin shape_outside shape_rendering stop_color stop_opacity stroke
    stroke_color stroke_dasharray stroke_dashoffset stroke_linecap stroke_linejoin stroke_miterlimit stroke_opacity
    stroke_width tab_size table_layout text_align text_align_last text_anchor text_autospace text_box text_box_edge
    text_box_trim text_combine_upright text_decoration text_decoration_color text_decoration_inset text_decoration_line
    text_decoration_skip_ink text_decoration_style text_decoration_thickness text_emphasis text_emphasis_color
    text_emphasis_position text_emphasis_style text_fit text_indent text_justify text_orientation text_overflow
    text_rendering text_shadow text_size_adjust text_spacing_trim text_transform text_underline_offset
    text_underline_position text_wrap text_wrap_mode text_wrap_style timeline_scope timeline_trigger
    timeline_trigger_activation_range timeline_trigger_activation_range_end timeline_trigger_activation_range_start
    timeline_trigger_active_range timeline_trigger_active_range_end timeline_trigger_active_range_start
    timeline_trigger_name timeline_trigger_source top touch_action transform transform_box transform_origin
    transform_style transition transition_behavior transition_delay transition_duration transition_property
    transition_timing_function translate trigger_scope unicode_bidi user_select vector_effect vertical_align view_timeline
    view_timeline_axis view_timeline_inset view_timeline_name view_transition_class view_transition_group
    view_transition_name view_transition_scope visibility white_space white_space_collapse widows width will_change
    window_drag word_break word_spacing word_wrap writing_mode z_index zoom
"""
_PSEUDO = """
    active after any_link autofill backdrop before buffering checked default defined disabled empty enabled first_child
    first_letter first_line first_of_type focus focus_visible focus_within fullscreen hover in_range indeterminate invalid
    last_child last_of_type link modal muted only_child only_of_type open optional out_of_range past paused
    picture_in_picture placeholder_shown playing popover_open read_only read_write required seeking stalled target
    user_invalid user_valid valid visited volume_locked
"""
# With what stands in their brackets: `_nth_child(2)`.
_FUNCTIONS = frozenset(
    [
        "dir",
        "has",
        "is",
        "lang",
        "not",
        "nth_child",
        "nth_last_child",
        "nth_last_of_type",
        "nth_of_type",
        "state",
        "where",
    ]
)
_VENDORS = ("_webkit_", "_moz_", "_ms_", "_o_")

CSS_PROPERTIES = frozenset(_NAMES.split())
PSEUDO_CLASSES = frozenset(f"_{name}" for name in _PSEUDO.split())


def is_css(name: str) -> bool:
    """Whether Reflex's name for a property, in either spelling, is one of CSS, of a vendor, a pseudo class or a variable.

    Reflex makes a selector of whatever begins with `_`: one that no browser knows would take no effect.

    Example:
        >>> is_css("marginTop"), is_css("margin_top"), is_css("_hover"), is_css("_hovr")
        (True, True, True, False)
    """
    if name.startswith("--"):
        return True
    words = re.sub(r"[A-Z]", lambda capital: f"_{capital[0].lower()}", name).replace("-", "_")
    called, bracket, _ = words.partition("(")
    if bracket:
        return called.startswith("_") and called[1:] in _FUNCTIONS
    return words in CSS_PROPERTIES or words in PSEUDO_CLASSES or words.startswith(_VENDORS)
