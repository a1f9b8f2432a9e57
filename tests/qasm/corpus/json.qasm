{"circuit": []}
